-- The journal: what changed in the rack, in the order in which it was committed.

-- The words of a change as they were when it happened. Names are only ever added, but a text may be reworded and a
-- priority may change; a row of the journal keeps the words of its day without repeating them.
CREATE TABLE word (
    id       INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    text     TEXT NOT NULL,
    priority TEXT NOT NULL, -- empty where there is none
    UNIQUE (kind, name, text, priority)
) STRICT;

CREATE TABLE transition (
    sequence      INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, also after rows were pruned
    run           INTEGER NOT NULL,                  -- the core's run, the bits of an unsigned number
    core_sequence INTEGER NOT NULL,                  -- its number in that run
    time_ms       INTEGER NOT NULL,                  -- wall clock, a label only
    moment_us     INTEGER NOT NULL,                  -- the core's clock
    word          INTEGER NOT NULL REFERENCES word (id),
    "on"          INTEGER NOT NULL CHECK ("on" IN (0, 1)),
    UNIQUE (run, core_sequence)                      -- what is sent again is one row
) STRICT;
