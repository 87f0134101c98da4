-- Reports of drills and rehearsals, as the interface gives them. One that comes again, from a core that still has it, is one row.
CREATE TABLE report (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    run    INTEGER NOT NULL,                  -- the core's run, the bits of an unsigned number
    number INTEGER NOT NULL,                  -- its number
    report TEXT NOT NULL,                     -- JSON
    UNIQUE (run, number)
) STRICT;
