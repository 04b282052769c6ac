-- One view per countable thing: made anew at each upgrade, the same on SQLite and PostgreSQL.
-- Every view leads with the territory and says when (day, month), where (commune, epci) and for which action.
-- A declaration counts the rows of one view; what it cannot say becomes a column here.

-- R1, R6: an individual encounter is one contact, of the action in its action field, where the person was met.
CREATE VIEW fact_encounter AS
SELECT e.territory, e.id, e.day, substr(cast(e.day AS text), 1, 7) AS month, e.commune, c.epci, e.action,
       e.age_band, e.gender, e.place_type, e.contact_mode, e.household, e.activity, e.rsa, e.already_followed,
       e.first_contact_year, e.first_contact_ever, e.accompanied
FROM encounter e JOIN commune c ON c.territory = e.territory AND c.insee = e.commune;

-- A4-06: a theme stands once in an encounter (the key of `need`).
CREATE VIEW fact_need AS
SELECT f.territory, f.id, f.day, f.month, f.commune, f.epci, f.action, f.age_band, f.place_type,
       n.theme, n.expression, n.last_mile
FROM need n JOIN fact_encounter f ON f.territory = n.territory AND f.id = n.encounter_id;

-- R4: a referral belongs to the day of its encounter; its outcome is read at a cut-off day, by the compiler.
-- A3-08: one per person and service, which here is one per encounter and service (a rule refuses two).
CREATE VIEW fact_referral AS
SELECT f.territory, f.id, f.day, f.month, f.commune, f.epci, f.action, f.age_band, f.place_type,
       r.id AS referral_id, r.service, r.theme, r.mode, r.accepted, s.network
FROM referral r JOIN fact_encounter f ON f.territory = r.territory AND f.id = r.encounter_id
LEFT JOIN service s ON s.territory = r.territory AND s.id = r.service;

-- A3-06, A4-05: time on the spot, for each agent; the journey is not in it.
CREATE VIEW fact_presence AS
SELECT p.territory, p.id, p.day, substr(cast(p.day AS text), 1, 7) AS month, p.commune, c.epci, p.action,
       p.place_type, p.slot, p.minutes * p.agents AS agent_minutes
FROM presence p JOIN commune c ON c.territory = p.territory AND c.insee = p.commune;
