-- told_verdict(verdict, credibility): a verdict as pages say it, only as far as the grade of its outcome's
-- credibility carries it: "Better, weakly supported". Other verdicts don't hang on the grade.
create or replace macro told_verdict(verdict, credibility) as case
    when verdict in ('better', 'worse') and credibility = 'not_credible' then 'Not credible'
    when verdict in ('better', 'worse') and credibility = 'weak'
        then upper(verdict[1]) || verdict[2:] || ', weakly supported'
    else upper(verdict[1]) || replace(verdict[2:], '_', ' ')
end
