ALTER TABLE case_subjects DROP CONSTRAINT case_subjects_kind_check;
