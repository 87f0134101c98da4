-- A person's part in a change: who, and why; empty where nobody did it.
ALTER TABLE transition ADD COLUMN by_whom TEXT NOT NULL DEFAULT '';
ALTER TABLE transition ADD COLUMN why TEXT NOT NULL DEFAULT '';
