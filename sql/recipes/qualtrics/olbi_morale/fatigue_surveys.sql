-- One row per finished response. Answers run from 1 (strongly agree) to 4 (strongly disagree).
select
    "ResponseId" as response_id,
    employee_without_zeros("ExternalReference") as employee_id,
    day_of("RecordedDate", ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d']) as submitted_on,
    'olbi' as instrument,
    "Q5" as morale,
    agreement_1_to_4("Q4_1") as item_1,
    agreement_1_to_4("Q4_2") as item_2,
    agreement_1_to_4("Q4_3") as item_3,
    agreement_1_to_4("Q4_4") as item_4,
    agreement_1_to_4("Q4_5") as item_5,
    agreement_1_to_4("Q4_6") as item_6,
    agreement_1_to_4("Q4_7") as item_7,
    agreement_1_to_4("Q4_8") as item_8,
    agreement_1_to_4("Q4_9") as item_9,
    agreement_1_to_4("Q4_10") as item_10,
    agreement_1_to_4("Q4_11") as item_11,
    agreement_1_to_4("Q4_12") as item_12,
    agreement_1_to_4("Q4_13") as item_13,
    agreement_1_to_4("Q4_14") as item_14,
    agreement_1_to_4("Q4_15") as item_15,
    agreement_1_to_4("Q4_16") as item_16,
    _line,
    case
        when lower("Status") in ('survey preview', '1') then 'preview'
        when lower("Finished") in ('false', '0') then 'not finished'
    end as _skip
from delivery
