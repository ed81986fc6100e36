// Command s3-server is the gateway of Versity with folders as buckets, for tests and benchmarks: a
// real S3 server, without the parts for clouds, which take twice as long to compile.
package main

import (
	"context"
	"log"
	"os"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	// The extended attributes that it would use are not on every file system.
	sidecar := os.Getenv("SIDECAR")
	attributes, err := meta.NewSideCar(sidecar)
	if err != nil {
		log.Fatal(err)
	}
	folders, err := posix.New(os.Getenv("ROOT"), attributes, posix.PosixOpts{SideCarDir: sidecar, CopyObjectThreshold: 5 << 30})
	if err != nil {
		log.Fatal(err)
	}
	err = embedgw.RunVersityGW(context.Background(), folders, &embedgw.Config{
		RootUserAccess:    os.Getenv("AWS_ACCESS_KEY_ID"),
		RootUserSecret:    os.Getenv("AWS_SECRET_ACCESS_KEY"),
		Ports:             []string{os.Getenv("ADDRESS")},
		MaxConnections:    1000,
		MaxRequests:       1000,
		MultipartMaxParts: 10000,
		KeepAlive:         true,
		Quiet:             true,
		HealthPath:        "/health",
		EventWebhookURL:   os.Getenv("NOTIFY"),
	})
	if err != nil {
		log.Fatal(err)
	}
}
