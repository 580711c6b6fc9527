package configs

import (
	"encoding/json"
	"fmt"
	"strings"
)

// keyTable is the schema as Markdown: all keys, what they take, their defaults.
func keyTable() string {
	var b strings.Builder
	b.WriteString("| key | takes | default | meaning |\n|---|---|---|---|\n")
	for _, k := range schema {
		fmt.Fprintf(&b, "| `%s.%s` | %s | %s | %s |\n", k.table, k.name, k.form.allowed(), shownDefault(k), k.means)
	}
	return b.String()
}

// shownDefault is a key's default as a file would have it.
func shownDefault(k key) string {
	shown := k.form.show(defaults())
	if shown == nil || shown == "" || k.table == "health" && k.name == "type" {
		return ""
	}
	text, err := json.Marshal(shown)
	if err != nil {
		panic(err)
	}
	return "`" + string(text) + "`"
}
