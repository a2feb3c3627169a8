-- Uploads that came with an Idempotency-Key. The key itself may say whom the image shows, so only its HMAC is kept.
create table uploads (
  key_hmac text primary key,
  fingerprint text not null,
  study_id text not null,
  -- null until the store has acknowledged every image
  image_ids text[],
  received_at timestamptz not null default now()
);
