-- Everything of one attached file, into another that is empty.
copy from database worn to fresh
