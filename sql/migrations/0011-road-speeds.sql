-- How fast sides of roads were driven, added up over all drivers: nobody's trip is in it. `side` is a hash of where a side
-- begins and ends, which outlives an import of roads; `tile` a square of a degree; `bucket` an hour of a working day
-- (0..23) or of the weekend (24..47), or -1 for what was seen of late. What is added makes what is there count less, by its age.
create table road_speeds (
  profile     text not null,
  tile        integer not null,
  bucket      smallint not null check (bucket between -1 and 47),
  side        bigint not null,
  meters      double precision not null check (meters >= 0),
  seconds     double precision not null check (seconds > 0),
  trips       double precision not null check (trips >= 0),
  observed_at timestamptz not null,
  primary key (profile, tile, bucket, side)
);

create index road_speeds_by_age on road_speeds (observed_at);

-- Up to when each driver's fixes are in the sums above: written in the same transaction, so that none counts twice.
create table road_speed_cursors (
  driver_id     uuid primary key references drivers,
  matched_until timestamptz not null
);
