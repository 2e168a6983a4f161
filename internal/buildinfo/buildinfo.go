// Package buildinfo reports the version and commit of this program.
package buildinfo

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"sync"
)

// unknown replaces what the build did not record: go run and go test record no commit,
// nor does a build outside a checkout.
const unknown = "unknown"

// Info is a program's origin.
type Info struct {
	Version  string // of the module; "unknown" if it has none
	Commit   string
	Modified bool // since the commit
	Go       string
}

// Read returns what go build has recorded in the program.
var Read = sync.OnceValue(func() Info {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		b = &debug.BuildInfo{}
	}
	return from(b)
})

func from(b *debug.BuildInfo) Info {
	info := Info{Version: cmp.Or(b.Main.Version, unknown), Commit: unknown, Go: cmp.Or(b.GoVersion, runtime.Version())}
	if info.Version == "(devel)" {
		info.Version = unknown
	}
	for _, s := range b.Settings {
		switch s.Key {
		case "vcs.revision":
			info.Commit = s.Value
		case "vcs.modified":
			info.Modified = s.Value == "true"
		}
	}
	return info
}
