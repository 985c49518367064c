"""What is wrong with an installation and its workspace: looked at, never changed."""
