-- What a macro of the analysts' file says of itself there.
comment on {kind} {macro} is {description}
