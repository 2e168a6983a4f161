package main

// mgtool version.

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"mgtool/internal/buildinfo"
	"mgtool/tensor"
	"mgtool/tool"
)

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, commit, Go version and kernels in use",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return a.showVersion() },
	}
}

func (a *app) showVersion() error {
	b := buildinfo.Read()
	kernels, err := tensor.Kernels()
	if err != nil {
		return tool.Usage(err)
	}
	if a.json {
		return printJSON(map[string]any{
			"version": b.Version, "commit": b.Commit, "modified": b.Modified, "go": b.Go,
			"os": runtime.GOOS, "arch": runtime.GOARCH, "kernels": kernels, "bfloat16_products": tensor.MultipliesBfloat16(),
		})
	}
	commit := b.Commit
	if b.Modified {
		commit += ", modified"
	}
	if tensor.MultipliesBfloat16() {
		kernels += " with bfloat16 products"
	}
	fmt.Printf("mgtool %s (commit %s)\n%s, %s/%s, kernels %s\n", b.Version, commit, b.Go, runtime.GOOS, runtime.GOARCH, kernels)
	return nil
}
