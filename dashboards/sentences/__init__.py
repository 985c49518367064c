"""Every sentence on the pages, as pure functions of the numbers.

Nothing here may say that coaching makes people do anything: the comparison isn't randomised.
The verdict words are those of `dashboards.labels.VERDICTS`, and "no data" is never said of
what is hidden for privacy.
"""
