package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"time"

	"github.com/labstack/echo/v4"
)

// asset is one static file. Its address carries its checksum, so that browsers keep it for good.
type asset struct {
	data []byte
	sum  string
}

// assets are the static files by name.
type assets map[string]asset

func loadAssets(files fs.FS) (assets, error) {
	names, err := fs.Glob(files, "static/*")
	if err != nil {
		return nil, err
	}
	a := assets{}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		a[path.Base(name)] = asset{data: data, sum: hex.EncodeToString(sum[:8])}
	}
	return a, nil
}

// url is the address of a static file; an unknown name is an error of the template.
func (a assets) url(name string) (string, error) {
	file, ok := a[name]
	if !ok {
		return "", fmt.Errorf("there is no static file %q", name)
	}
	return "/assets/" + file.sum + "/" + name, nil
}

// Asset answers with a static file.
func (r *Responder) Asset(c echo.Context) error {
	file, ok := r.assets[c.Param("name")]
	if !ok || file.sum != c.Param("sum") {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set(echo.HeaderContentType, mime.TypeByExtension(path.Ext(c.Param("name"))))
	http.ServeContent(c.Response(), c.Request(), c.Param("name"), time.Time{}, bytes.NewReader(file.data))
	return nil
}
