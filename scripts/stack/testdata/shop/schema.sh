#!/bin/sh
# Makes the worker's table. It needs a database that answers, which takes a while, and
# waits for nothing.
PG/psql -q -h DIR/run -U postgres -c 'create table if not exists jobs (id serial)' postgres
