package stack

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// worker does what a shop's worker does: takes work from the database, tells the
// cache, writes a page for the web server. On SIGTERM it says goodbye to the
// database, which must still be there.
const worker = `#!/bin/sh
cd DIR
query() { psql -qAt -h DIR/run -U postgres -c "$1" postgres; }
trap 'query "select 42" >bye && echo "worker says goodbye"; exit 0' TERM
echo "worker $GREETING begins"
while :; do
	n=$(query "insert into jobs default values returning id") || exit 3
	redis-cli -s DIR/run/cache.sock set last "$n" >/dev/null || :
	echo "$GREETING $n" >www/index.html.new && mv www/index.html.new www/index.html
	echo "job $n"
	sleep 0.1 & wait $!
done
`

// schema makes the worker's table. It needs a database that answers, which takes a
// while, and waits for nothing.
const schema = `#!/bin/sh
psql -q -h DIR/run -U postgres -c 'create table if not exists jobs (id serial)' postgres
`

// cache is a Redis that says of each connection, and so of each probe, that it came
// and went.
const cache = `exec = ["/usr/bin/redis-server", "--bind", "127.0.0.1", "--port", "CACHE", "--unixsocket", "DIR/run/cache.sock",
	"--save", "", "--dir", "DIR/run", "--loglevel", "debug"]
[health]
type = "tcp"
endpoint = "127.0.0.1:CACHE"
interval_ms = 100
[logging]
file = "DIR/cache.log"
max_size = 4000
keep = 3`

const nginxConf = `
user www-data;
worker_processes 2;
error_log stderr;
pid DIR/run/nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path DIR/run/body; proxy_temp_path DIR/run/proxy; fastcgi_temp_path DIR/run/fastcgi;
	uwsgi_temp_path DIR/run/uwsgi; scgi_temp_path DIR/run/scgi;
	server { listen 127.0.0.1:PORT; root DIR/www; location /health { return 204; } }
}
`

// furnish writes everything but the services' own data.
func (h *house) furnish() {
	for _, d := range []string{"services", "run", "www", "data"} {
		h.must(os.Mkdir(h.path(d), 0o755))
	}
	h.must(os.Chmod(h.path("run"), 0o777|os.ModeSticky))
	owner, err := user.Lookup("postgres")
	h.must(err)
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	h.must(os.Chown(h.path("data"), uid, gid))

	h.write("worker.sh", 0o755, worker)
	h.write("schema.sh", 0o755, schema)
	h.write("nginx.conf", 0o644, nginxConf)
	h.write("database.env", 0o600, "# where it is\nPGDATA=DIR/data\n")
	h.service("cluster", `exec = "[ -e DIR/data/PG_VERSION ] || PG/initdb -N -A trust -U postgres --no-locale -E UTF8 -D DIR/data"
user = "postgres"
oneshot = true`, "")
	h.service("database", `exec = "sleep 0.5; exec PG/postgres -k DIR/run -c listen_addresses= -c fsync=off"
user = "postgres"
env_file = "DIR/database.env"
[limits]
nofile = "1500:2000"
[health]
type = "exec"
command = ["PG/pg_isready", "-h", "DIR/run"]
interval_ms = 200
timeout_ms = 2000
retries = 2`, `requires = ["cluster"]`, `stop_signal = "SIGINT"`)
	h.service("schema", "exec = \"DIR/schema.sh\"\noneshot = true", `requires = ["database"]`)
	h.service("cache", cache, "")
	h.service("worker", "exec = \"DIR/worker.sh\"\nenv = { GREETING = \"hello\" }", `requires = ["schema", "cache"]`)
	h.service("web", `exec = "/usr/sbin/nginx -e stderr -c DIR/nginx.conf -g 'daemon off;'"
dir = "DIR"
[health]
type = "http"
endpoint = "http://localhost:PORT/health"
interval_ms = 200
timeout_ms = 500
retries = 2`, `requires = ["worker"]`)
	h.write("services/shop.toml", 0o644, "[target]\ndescription = \"The shop\"\n[dependencies]\nrequires = [\"web\"]\n")
}

// service writes a service file. Restarts come soon, that the test needn't wait.
func (h *house) service(name, keys, dependencies string, lifecycle ...string) {
	h.write("services/"+name+".toml", 0o644, fmt.Sprintf(
		"[service]\n%s\n[dependencies]\n%s\n[lifecycle]\nrestart_delay_ms = 200\n%s\n", keys, dependencies, strings.Join(lifecycle, "\n")))
}

// write fills in the house's own paths and writes a file.
func (h *house) write(name string, mode os.FileMode, text string) {
	h.t.Helper()
	text = strings.NewReplacer("DIR", h.dir, "PG/", h.postgres+"/", "PORT", strconv.Itoa(h.port), "CACHE", strconv.Itoa(h.cache)).Replace(text)
	h.must(os.WriteFile(h.path(name), []byte(text), mode))
}
