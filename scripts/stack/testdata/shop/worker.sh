#!/bin/sh
# Does what a shop's worker does: takes work from the database, tells the cache, writes a
# page for the web server. On SIGTERM it says goodbye to the database, which must still
# be there.
cd DIR
query() { PG/psql -qAt -h DIR/run -U postgres -c "$1" postgres; }
trap 'query "select 42" >bye && echo "worker says goodbye"; exit 0' TERM
echo "worker $GREETING begins"
while :; do
	n=$(query "insert into jobs default values returning id") || exit 3
	redis-cli -s DIR/run/cache.sock set last "$n" >/dev/null || :
	echo "$GREETING $n" >www/index.html.new && mv www/index.html.new www/index.html
	echo "job $n"
	sleep 0.1 & wait $!
done
