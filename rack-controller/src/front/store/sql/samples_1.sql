-- The history of measured and derived values.

-- A point keeps its id for ever. One whose scale changes gets another id, because its counts mean something else.
CREATE TABLE point (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    decimals INTEGER NOT NULL,
    unit     TEXT NOT NULL,
    UNIQUE (name, decimals)
) STRICT;

-- Clustered by time: a batch touches the few pages at the end of its level.
CREATE TABLE chunk (
    level INTEGER NOT NULL, -- 0 seconds in a minute, 1 minutes in an hour, 2 hours in a day
    start INTEGER NOT NULL, -- chunks of that level since 1970-01-01 00:00 UTC
    point INTEGER NOT NULL,
    data  BLOB NOT NULL,    -- its first byte is the format
    PRIMARY KEY (level, start, point)
) STRICT, WITHOUT ROWID;

-- The minute whose slot of level 1 is still to be made, and the slot of its hour with it. Not simply the newest: the
-- clock may have been set back.
CREATE TABLE open (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    minute INTEGER NOT NULL
) STRICT;
