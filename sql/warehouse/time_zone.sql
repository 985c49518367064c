-- One row: where times with an offset are read as local time.
select current_setting('TimeZone') as time_zone
