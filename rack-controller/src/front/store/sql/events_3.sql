-- What persons did, in their own words: the text of a row that no word of the dictionary says. It goes with its row.
CREATE TABLE said (
    sequence INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;
