package vision

// This file holds the sample: 2000 images of Fashion-MNIST that are part of the
// program, so that a first training needs no download. sample/README.md says
// how they were drawn.

import (
	"embed"
	"io/fs"
)

//go:generate go run ./sample/draw.go -data $MGTOOL_DATA_DIR/fashion-mnist -out sample
//go:embed sample/*.gz sample/LICENSE
var sampleFiles embed.FS

// loadSample reads the embedded files with the loader of the real ones.
func loadSample(s *spec, _ fs.FS, _ string, test bool) (*Dataset, error) {
	folder, err := fs.Sub(sampleFiles, "sample")
	if err != nil {
		return nil, err
	}
	return loadIdx(s, folder, "the program itself", test)
}
