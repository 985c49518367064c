"""One file per page: figures and sentences into a template."""
