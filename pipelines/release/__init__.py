"""What leaves the private folder: the analysts' file, the swap as a whole, the refresh log."""
