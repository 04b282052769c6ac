-- One view per countable thing: made anew where a statement changed, the same on SQLite and PostgreSQL.
-- Every view leads with the territory and says when (day, month, quarter), where (commune, epci), for which action,
-- and from which record of the log (id). A declaration counts the rows of one view; what it cannot say becomes a
-- column here.

-- R1, R6: an individual encounter is one contact, of the action in its action field, where the person was met.
-- A3-04: `outside_system` is known where both its fields are; a job seeker is registered, so not outside.
CREATE VIEW fact_encounter AS
SELECT e.territory, e.id, e.day, substr(cast(e.day AS text), 1, 7) AS month,
       substr(cast(e.day AS text), 1, 4) || '-T' ||
       cast((cast(substr(cast(e.day AS text), 6, 2) AS integer) + 2) / 3 AS text) AS quarter,
       e.commune, c.epci, e.action, e.age_band, e.gender, e.place_type, e.contact_mode, e.household, e.housing,
       e.activity, e.rsa, e.already_followed, e.first_contact_year, e.first_contact_ever,
       CASE WHEN e.accompanied THEN 'oui' ELSE 'non' END AS accompanied,
       CASE WHEN e.activity = 'inconnu' OR e.already_followed = 'inconnu' THEN 'inconnu'
            WHEN e.activity = 'ni-emploi-ni-etudes-ni-formation' AND e.already_followed = 'non' THEN 'oui'
            ELSE 'non' END AS outside_system
FROM encounter e JOIN commune c ON c.territory = e.territory AND c.insee = e.commune;

-- A4-06: a theme stands once in an encounter (the key of `need`).
CREATE VIEW fact_need AS
SELECT f.territory, f.id, f.day, f.month, f.quarter, f.commune, f.epci, f.action, f.age_band, f.gender,
       f.place_type, n.theme, n.expression, coalesce(n.last_mile, 'non-precise') AS last_mile
FROM need n JOIN fact_encounter f ON f.territory = n.territory AND f.id = n.encounter_id;

-- R4: a referral belongs to the day of its encounter; its outcome is the furthest told by a cut-off
-- day, by the compiler.
-- A3-08: one per person and service, which here is one per encounter and service (a rule refuses two).
CREATE VIEW fact_referral AS
SELECT f.territory, f.id, f.day, f.month, f.quarter, f.commune, f.epci, f.action, f.age_band, f.gender,
       f.place_type, r.id AS subject_id, r.service, coalesce(r.theme, 'non-precise') AS theme, r.mode, r.accepted,
       s.name AS service_name, s.network
FROM referral r JOIN fact_encounter f ON f.territory = r.territory AND f.id = r.encounter_id
LEFT JOIN service s ON s.territory = r.territory AND s.id = r.service;

-- A3-07: an obstacle belongs to the day it was noticed; its state is read at a cut-off day, by the compiler.
CREATE VIEW fact_obstacle AS
SELECT f.territory, f.id, f.day, f.month, f.quarter, f.commune, f.epci, f.action, f.age_band, f.gender,
       f.place_type, o.id AS subject_id, o.kind AS obstacle
FROM obstacle o JOIN fact_encounter f ON f.territory = o.territory AND f.id = o.encounter_id;

-- A4-07, A4-08: a right stands once in an encounter (a rule refuses two); its state is read at a cut-off day too.
CREATE VIEW fact_right AS
SELECT f.territory, f.id, f.day, f.month, f.quarter, f.commune, f.epci, f.action, f.age_band, f.gender,
       f.place_type, f.first_contact_year, r.id AS subject_id, r."right" AS "right"
FROM "right" r JOIN fact_encounter f ON f.territory = r.territory AND f.id = r.encounter_id;

-- A3-06, A4-05: time on the spot, for each agent; the journey is not in it.
CREATE VIEW fact_presence AS
SELECT p.territory, p.id, p.day, substr(cast(p.day AS text), 1, 7) AS month,
       substr(cast(p.day AS text), 1, 4) || '-T' ||
       cast((cast(substr(cast(p.day AS text), 6, 2) AS integer) + 2) / 3 AS text) AS quarter,
       p.commune, c.epci, p.action, p.place_type, p.slot, p.minutes * p.agents AS agent_minutes
FROM presence p JOIN commune c ON c.territory = p.territory AND c.insee = p.commune;

-- R1: a session counts as one, its headcount apart; neither is ever added to persons.
CREATE VIEW fact_session AS
SELECT g.territory, g.id, g.day, substr(cast(g.day AS text), 1, 7) AS month,
       substr(cast(g.day AS text), 1, 4) || '-T' ||
       cast((cast(substr(cast(g.day AS text), 6, 2) AS integer) + 2) / 3 AS text) AS quarter,
       g.commune, c.epci, g.action, g.place_type, g.session_type, g.school_holidays, g.headcount
FROM group_session g JOIN commune c ON c.territory = g.territory AND c.insee = g.commune;

-- A3-11, A3-13, A4-15: a structure is known by its name alone; the compiler counts a name once however it is typed.
CREATE VIEW fact_partner AS
SELECT p.territory, p.id, p.day, substr(cast(p.day AS text), 1, 7) AS month,
       substr(cast(p.day AS text), 1, 4) || '-T' ||
       cast((cast(substr(cast(p.day AS text), 6, 2) AS integer) + 2) / 3 AS text) AS quarter,
       p.commune, c.epci, p.action, p.partner_type, p.purpose, p.structure
FROM partner_contact p JOIN commune c ON c.territory = p.territory AND c.insee = p.commune;

-- A4-16: contacts with structures, and the referrals to a CCAS, which the directory tells by its network. It does
-- not tell whether another service is an association or a club.
CREATE VIEW fact_relay AS
SELECT territory, id, day, month, quarter, commune, epci, action, partner_type, purpose, structure,
       cast(NULL AS varchar(36)) AS subject_id, true AS accepted
FROM fact_partner
UNION ALL
SELECT territory, id, day, month, quarter, commune, epci, action, 'ccas', 'suivi-d-orientation', service_name,
       subject_id, accepted
FROM fact_referral WHERE network = 'ccas-cias';

-- A3-05: the communes marked « dépourvue » at T0, the first year of which the coordinator marked any. Belfort was
-- covered already (pact, l.858).
CREATE VIEW fact_deprived AS
SELECT m.territory, m.insee AS commune, c.epci
FROM commune_year m JOIN commune c ON c.territory = m.territory AND c.insee = m.insee
WHERE m.year = (SELECT min(f.year) FROM commune_year f WHERE f.territory = m.territory) AND m.insee <> '90010';

-- A3-05: the presences in those communes; the compiler counts how many there are in a year.
CREATE VIEW fact_commune_year AS
SELECT p.territory, p.id, p.day, substr(p.month, 1, 4) AS year, p.commune, p.epci, p.action
FROM fact_presence p JOIN fact_deprived d ON d.territory = p.territory AND d.commune = p.commune;
