// Package buildinfo has the version and commit of this program.
package buildinfo

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"sync"
)

// unknown stands for what the build did not record: go run and go test record no
// commit, and outside of a checkout there is none.
const unknown = "unknown"

// Info is a program's origin.
type Info struct {
	Version  string // of the module; "unknown" for one without
	Commit   string
	Modified bool // since the commit
	Go       string
}

// Read finds it in what go build has recorded in the program.
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
