"""Files that are torn, lie about their size or are made to harm, through the real readers."""
