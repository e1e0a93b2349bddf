INSERT INTO service_accounts
SELECT u.id, u.name, 'unknown', 'was a user with the role connector', '["accounts","payments"]',
    (SELECT coalesce(json_agg(json_build_object('application_id', r.application_id, 'institution_id', r.institution_id)),
            '[]')::text
        FROM registrations r WHERE r.id IN (SELECT registration_id FROM consents WHERE created_by = u.id
            UNION SELECT registration_id FROM payments WHERE caller_id = u.id)),
    500, 0, 1, 'system:migration', 'migration', u.created_at, 0
FROM users u WHERE u.roles = '["connector"]';
INSERT INTO service_tokens
SELECT token_hash, substr(token_hash, 1, 32), user_id, '', 'migration', created_at,
    CASE WHEN expires_at > 0 THEN expires_at ELSE (extract(epoch FROM now())::bigint + 7776000) * 1000000 END, 0
FROM api_tokens WHERE user_id IN (SELECT id FROM service_accounts);
UPDATE users SET roles = (SELECT coalesce(json_agg(role), '[]')::text
    FROM json_array_elements_text(users.roles::json) role WHERE role <> 'connector')
WHERE roles LIKE '%"connector"%' AND id NOT IN (SELECT id FROM service_accounts);
