-- Grain: one row. Nothing that follows in the transaction can write, and no query of it takes
-- longer than an hour.
select
    set_config('transaction_read_only', 'on', true) as read_only,
    set_config('statement_timeout', '3600000', true) as milliseconds
