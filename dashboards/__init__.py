"""Pages: frames in, HTML out; every number is read from a released table and every sentence is made from one."""
