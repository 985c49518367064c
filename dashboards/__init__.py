"""Pages: frames in, HTML out; every number and sentence is computed."""
