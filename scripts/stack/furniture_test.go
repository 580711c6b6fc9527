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

// schema waits for the database and makes the worker's table: a oneshot is how
// one waits for more than a process.
const schema = `#!/bin/sh
until PG/pg_isready -q -h DIR/run; do sleep 0.1; done
psql -q -h DIR/run -U postgres -c 'create table if not exists jobs (id serial)' postgres
`

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
	server { listen 127.0.0.1:PORT; root DIR/www; }
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
	h.service("cluster", `exec = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", "/bin/sh", "-c",
	"[ -e DIR/data/PG_VERSION ] || PG/initdb -N -A trust -U postgres --no-locale -E UTF8 -D DIR/data"]
oneshot = true`, "")
	h.service("database", `exec = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--",
	"PG/postgres", "-D", "DIR/data", "-k", "DIR/run", "-c", "listen_addresses=", "-c", "fsync=off"]`,
		`requires = ["cluster"]`, `stop_signal = "SIGINT"`)
	h.service("schema", "exec = \"DIR/schema.sh\"\noneshot = true", `requires = ["database"]`)
	h.service("cache", `exec = ["/usr/bin/redis-server", "--port", "0", "--unixsocket", "DIR/run/cache.sock", "--save", "", "--dir", "DIR/run"]`, "")
	h.service("worker", "exec = \"DIR/worker.sh\"\nenv = { GREETING = \"hello\" }", `requires = ["schema", "cache"]`)
	h.service("web", `exec = "/usr/sbin/nginx -e stderr -c DIR/nginx.conf -g 'daemon off;'"
dir = "DIR"`, `requires = ["worker"]`)
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
	text = strings.NewReplacer("DIR", h.dir, "PG/", h.postgres+"/", "PORT", strconv.Itoa(h.port)).Replace(text)
	h.must(os.WriteFile(h.path(name), []byte(text), mode))
}
