package main

import (
	"runtime/debug"
	"strconv"
	"strings"
)

// kubernetesMinor is that of the Kubernetes in go.mod.
var kubernetesMinor = func() int {
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		if module.Path == "k8s.io/kubernetes" {
			if parts := strings.Split(module.Version, "."); len(parts) == 3 {
				if minor, err := strconv.Atoi(parts[1]); err == nil {
					return minor
				}
			}
		}
	}
	panic("built without the version of k8s.io/kubernetes")
}()

// isPast tells whether a version is this one or an older one.
func isPast(major, minor int) bool {
	return major == 1 && minor <= kubernetesMinor
}
