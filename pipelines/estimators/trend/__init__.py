"""What is usual from month to month: control limits, signals, and the table made of them."""
