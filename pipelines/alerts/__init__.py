"""Telling somebody what a night needs: each trouble once, by mail, chat or webhook."""
