"""Pages: every number is read from a released table, every sentence is made from one."""
