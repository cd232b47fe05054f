-- name: CreateContent :one
INSERT INTO contents (region, size) VALUES (@region, @size) RETURNING id;

-- name: AddChunk :one
INSERT INTO chunks (region, digest, size, stored) VALUES (@region, @digest, @size, FALSE)
ON CONFLICT (region, digest) DO UPDATE SET size = excluded.size
RETURNING id, stored;

-- name: StoredChunk :exec
UPDATE chunks SET stored = TRUE WHERE id = @id;

-- name: AddContentChunk :exec
INSERT INTO content_chunks (content_id, seq, chunk_id, size) VALUES (@content_id, @seq, @chunk_id, @size);

-- name: ContentLength :one
SELECT CAST(coalesce(max(seq), 0) AS bigint) AS last, CAST(coalesce(sum(size), 0) AS bigint) AS size
FROM content_chunks WHERE content_id = @content_id;

-- name: FirstUnstoredChunk :one
SELECT CAST(coalesce(min(l.seq), 0) AS bigint) FROM content_chunks l JOIN chunks c ON c.id = l.chunk_id
WHERE l.content_id = @content_id AND NOT c.stored;

-- name: ListContentChunks :many
SELECT l.seq, l.size, c.id, c.digest, c.stored FROM content_chunks l LEFT JOIN chunks c ON c.id = l.chunk_id
WHERE l.content_id = @content_id AND l.seq > @after
ORDER BY l.seq LIMIT @count;

-- Chunks of a stretch of a content that another region has not heard of yet.
-- name: PlanChunks :exec
INSERT INTO chunks (region, digest, size, stored)
SELECT CAST(@region AS text), c.digest, c.size, FALSE FROM content_chunks l JOIN chunks c ON c.id = l.chunk_id
WHERE l.content_id = @source AND l.seq > @after AND l.seq <= @upto
ON CONFLICT DO NOTHING;

-- name: PlanContentChunks :execrows
INSERT INTO content_chunks (content_id, seq, chunk_id, size)
SELECT CAST(@target AS bigint), l.seq, d.id, l.size
FROM content_chunks l LEFT JOIN chunks c ON c.id = l.chunk_id LEFT JOIN chunks d ON d.digest = c.digest AND d.region = @region
WHERE l.content_id = @source AND l.seq > @after AND l.seq <= @upto;

-- name: MissingChunks :many
SELECT t.seq, d.id, d.digest, d.size, s.id AS source
FROM content_chunks t JOIN chunks d ON d.id = t.chunk_id
JOIN content_chunks f ON f.seq = t.seq JOIN chunks s ON s.id = f.chunk_id
WHERE t.content_id = @target AND f.content_id = @source AND t.seq > @after AND NOT d.stored
ORDER BY t.seq LIMIT @count;

-- name: MissingBytes :one
SELECT CAST(coalesce(sum(c.size), 0) AS bigint) FROM chunks c
WHERE NOT c.stored AND c.id IN (SELECT l.chunk_id FROM content_chunks l WHERE l.content_id = @content_id);

-- name: ContentIsUsed :one
SELECT CAST(EXISTS (SELECT 1 FROM images i WHERE i.content_id = @content)
         OR EXISTS (SELECT 1 FROM images i WHERE i.source_id = @source)
         OR EXISTS (SELECT 1 FROM image_exports e WHERE e.content_id = @export) AS boolean);

-- name: DeleteContentChunk :exec
DELETE FROM content_chunks WHERE content_id = @content_id AND seq = @seq;

-- name: DeleteUnusedChunk :one
DELETE FROM chunks WHERE id = @id AND NOT EXISTS (SELECT 1 FROM content_chunks l WHERE l.chunk_id = chunks.id)
RETURNING region, digest;

-- name: AddTrash :exec
INSERT INTO chunk_trash (id, region, digest) VALUES (@id, @region, @digest);

-- name: ListTrash :many
SELECT id, digest FROM chunk_trash WHERE region = @region ORDER BY id LIMIT @count;

-- name: DeleteTrash :exec
DELETE FROM chunk_trash WHERE id = @id;

-- name: DeleteContent :exec
DELETE FROM contents WHERE id = @id;

-- name: FindChunk :one
SELECT * FROM chunks WHERE id = @id;

-- name: RegionChunks :many
SELECT sqlc.embed(c), CAST(EXISTS (SELECT 1 FROM content_chunks l JOIN images i ON i.content_id = l.content_id
                                   WHERE l.chunk_id = c.id AND i.state = 'AVAILABLE') AS boolean) AS needed
FROM chunks c WHERE c.region = @region AND c.id > @after ORDER BY c.id LIMIT @count;

-- name: AddImagePlace :exec
INSERT INTO image_places (region, place) VALUES (@region, @place) ON CONFLICT DO NOTHING;

-- name: MoveImagePlace :exec
UPDATE image_places SET place = @place WHERE region = @region;

-- name: ListImagePlaces :many
SELECT p.region, p.place, CAST(EXISTS (SELECT 1 FROM chunks c WHERE c.region = p.region) AS boolean) AS used
FROM image_places p ORDER BY p.region;

-- name: TrashRegions :many
SELECT DISTINCT region FROM chunk_trash;

-- name: ImagesOfChunk :many
SELECT DISTINCT i.account, i.region, i.name FROM content_chunks l JOIN images i ON i.content_id = l.content_id
WHERE l.chunk_id = @chunk_id ORDER BY i.account, i.name;

-- name: InTrash :one
SELECT CAST(count(*) AS bigint) FROM chunk_trash WHERE id = @id;

-- name: UnstoredChunk :exec
UPDATE chunks SET stored = FALSE WHERE id = @id;

-- name: PutImageCheck :exec
INSERT INTO image_checks (region, ended, report) VALUES (@region, @ended, @report)
ON CONFLICT (region) DO UPDATE SET ended = excluded.ended, report = excluded.report;

-- name: GetImageCheck :one
SELECT ended, report FROM image_checks WHERE region = @region;
