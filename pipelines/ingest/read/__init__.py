"""Landing files to delivered text: integrity, formats, headers; nothing is judged here."""
