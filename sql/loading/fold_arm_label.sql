-- Sessions whose style differs from an arm's label in capitals, blanks or hyphens alone: its label.
update staging.coaching_sessions
set style = $arm
where style <> $arm and {folded_style} = {folded_arm}
