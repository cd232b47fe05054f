-- name: PutNode :exec
INSERT INTO nodes (name, address, roles, units, program, started, beat, leaving)
VALUES (@name, @address, @roles, @units, @program, @started, @beat, @leaving)
ON CONFLICT (name) DO UPDATE SET address = excluded.address, roles = excluded.roles, units = excluded.units,
    program = excluded.program, started = excluded.started, beat = excluded.beat, leaving = excluded.leaving;

-- name: ListNodes :many
SELECT * FROM nodes ORDER BY name;

-- name: DeleteNode :execrows
DELETE FROM nodes WHERE name = @name AND beat = @beat;

-- name: PutPlacement :exec
INSERT INTO placements (version_id, node, units) VALUES (@version_id, @node, @units)
ON CONFLICT (version_id, node) DO UPDATE SET units = excluded.units;

-- name: PlacementsOfVersion :many
SELECT * FROM placements WHERE version_id = @version_id ORDER BY node;

-- name: PlacementsOnNode :many
SELECT p.version_id, p.units, v.min_units, v.max_units, v.status, v.name, pr.name AS project, pr.account, pr.region
FROM placements p JOIN versions v ON v.id = p.version_id JOIN projects pr ON pr.id = v.project_id
WHERE p.node = @node ORDER BY p.version_id;

-- name: PromisedUnits :many
SELECT node, CAST(sum(units) AS bigint) AS units, count(*) AS models FROM placements GROUP BY node;

-- name: DeletePlacement :exec
DELETE FROM placements WHERE version_id = @version_id AND node = @node;

-- name: DeletePlacementsOfVersion :exec
DELETE FROM placements WHERE version_id = @version_id;

-- name: DeletePlacementsOfNobody :execrows
DELETE FROM placements WHERE node NOT IN (SELECT name FROM nodes WHERE NOT leaving);

-- name: VersionsToPlace :many
SELECT v.id, v.min_units, CAST(coalesce(sum(p.units), 0) AS bigint) AS placed FROM versions v LEFT JOIN placements p ON p.version_id = v.id
WHERE v.status IN ('STARTING', 'RUNNING')
GROUP BY v.id, v.min_units HAVING coalesce(sum(p.units), 0) < v.min_units ORDER BY v.id LIMIT @count;

-- name: AddSecret :execrows
INSERT INTO secrets (name, value) VALUES (@name, @value) ON CONFLICT DO NOTHING;

-- name: GetSecret :one
SELECT value FROM secrets WHERE name = @name;
