package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/api/pod"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/resourcequota"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/node/runtimeclass"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
	"k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	"k8s.io/kubernetes/pkg/registry/storage/storageclass"
)

// strategies are what the API server itself judges a new object by. Only those that need no client of a server: the others
// would make the program four times as long to build.
var strategies = map[string]rest.RESTCreateStrategy{
	"apps/DaemonSet":                               daemonset.Strategy,
	"apps/Deployment":                              deployment.Strategy,
	"apps/StatefulSet":                             statefulset.Strategy,
	"autoscaling/HorizontalPodAutoscaler":          horizontalpodautoscaler.Strategy,
	"batch/CronJob":                                cronjob.Strategy,
	"/LimitRange":                                  limitrange.Strategy,
	"/ResourceQuota":                               resourcequota.Strategy,
	"networking.k8s.io/Ingress":                    ingress.Strategy,
	"networking.k8s.io/IngressClass":               ingressclass.Strategy,
	"networking.k8s.io/NetworkPolicy":              networkpolicy.Strategy,
	"node.k8s.io/RuntimeClass":                     runtimeclass.Strategy,
	"policy/PodDisruptionBudget":                   poddisruptionbudget.Strategy,
	"rbac.authorization.k8s.io/ClusterRole":        clusterrole.Strategy,
	"rbac.authorization.k8s.io/ClusterRoleBinding": clusterrolebinding.Strategy,
	"rbac.authorization.k8s.io/Role":               role.Strategy,
	"rbac.authorization.k8s.io/RoleBinding":        rolebinding.Strategy,
	"scheduling.k8s.io/PriorityClass":              priorityclass.Strategy,
	"storage.k8s.io/StorageClass":                  storageclass.Strategy,
}

// validators are what the strategies left out above call.
var validators = map[string]func(object runtime.Object) field.ErrorList{
	"batch/Job": func(object runtime.Object) field.ErrorList {
		spec := object.(*batch.Job).Spec
		options := pod.GetValidationOptionsFromPodTemplate(&spec.Template, nil)
		return batchvalidation.ValidateJobTemplateSpec(&batch.JobTemplateSpec{Spec: spec}, nil, options)
	},
	"/ConfigMap": func(object runtime.Object) field.ErrorList {
		return corevalidation.ValidateConfigMap(object.(*core.ConfigMap))
	},
	"/Namespace": func(object runtime.Object) field.ErrorList {
		return corevalidation.ValidateNamespace(object.(*core.Namespace))
	},
	"/PersistentVolumeClaim": func(object runtime.Object) field.ErrorList {
		return corevalidation.ValidatePersistentVolumeClaim(object.(*core.PersistentVolumeClaim), corevalidation.ValidationOptionsForPersistentVolumeClaimCreate())
	},
	"/Pod": func(object runtime.Object) field.ErrorList {
		subject := object.(*core.Pod)
		return corevalidation.ValidatePodCreate(subject, pod.GetValidationOptionsFromPodSpecAndMeta(&subject.Spec, nil, &subject.ObjectMeta, nil))
	},
	"/Secret": func(object runtime.Object) field.ErrorList {
		return corevalidation.ValidateSecret(object.(*core.Secret))
	},
	"/Service": func(object runtime.Object) field.ErrorList {
		subject := object.(*core.Service)
		// the address that the server would have given out by then
		if spec := &subject.Spec; spec.Type != core.ServiceTypeExternalName && len(spec.ClusterIPs) == 0 {
			if spec.ClusterIP == "" {
				spec.ClusterIP = "10.0.0.1"
			}
			spec.ClusterIPs = []string{spec.ClusterIP}
		}
		return corevalidation.ValidateServiceCreate(subject)
	},
	"/ServiceAccount": func(object runtime.Object) field.ErrorList {
		return corevalidation.ValidateServiceAccount(object.(*core.ServiceAccount))
	},
}

// decodedOnly are judged by their fields and types alone: what the API server asks of them needs its own clients.
var decodedOnly = []string{
	"admissionregistration.k8s.io/MutatingWebhookConfiguration",
	"admissionregistration.k8s.io/ValidatingAdmissionPolicy",
	"admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
	"admissionregistration.k8s.io/ValidatingWebhookConfiguration",
}

// isClusterScoped is of those kinds that have no strategy to ask.
func isClusterScoped(name string) bool {
	return name == "/Namespace" || slices.Contains(decodedOnly, name)
}

// isBuiltIn tells groups of Kubernetes itself, past ones too, from those of custom resources.
func isBuiltIn(group string) bool {
	return group == "" || legacyscheme.Scheme.IsGroupRegistered(group) || !strings.Contains(group, ".")
}

var strict = json.NewSerializerWithOptions(
	json.DefaultMetaFactory, legacyscheme.Scheme, legacyscheme.Scheme, json.SerializerOptions{Yaml: true, Strict: true},
)

func judgeBuiltIn(kind schema.GroupVersionKind, text []byte) []finding {
	decoded, _, err := strict.Decode(text, nil, nil)
	switch {
	case runtime.IsNotRegisteredError(err):
		return []finding{{"unknown-kind", "apiVersion", fmt.Sprintf("this Kubernetes has no %s", describe(kind))}}
	case runtime.IsStrictDecodingError(err):
		findings := []finding{}
		strictError, _ := runtime.AsStrictDecodingError(err)
		for _, each := range strictError.Errors() {
			findings = append(findings, unknownField(each.Error()))
		}
		return findings
	case err != nil:
		return []finding{{"invalid", "", oneLine(err.Error())}}
	}
	// the library knows versions that servers have given up
	if versioned, ok := decoded.(interface{ APILifecycleRemoved() (major, minor int) }); ok {
		if major, minor := versioned.APILifecycleRemoved(); isPast(major, minor) {
			return []finding{{"unknown-kind", "apiVersion", fmt.Sprintf("%s is gone since Kubernetes %d.%d", describe(kind), major, minor)}}
		}
	}
	findings := []finding{}
	if versioned, ok := decoded.(interface{ APILifecycleDeprecated() (major, minor int) }); ok {
		if major, minor := versioned.APILifecycleDeprecated(); isPast(major, minor) {
			findings = append(findings, finding{"deprecated", "apiVersion", fmt.Sprintf("%s is deprecated since Kubernetes %d.%d", describe(kind), major, minor)})
		}
	}
	legacyscheme.Scheme.Default(decoded)
	internal, err := legacyscheme.Scheme.UnsafeConvertToVersion(decoded, runtime.InternalGroupVersioner)
	if err != nil {
		return append(findings, finding{"invalid", "", oneLine(err.Error())})
	}
	return append(findings, judgeInternal(kind, internal)...)
}

func judgeInternal(kind schema.GroupVersionKind, internal runtime.Object) []finding {
	accessor, err := meta.Accessor(internal)
	if err != nil {
		return []finding{{"invalid", "metadata", oneLine(err.Error())}}
	}
	name := kind.Group + "/" + kind.Kind
	strategy, hasStrategy := strategies[name]
	namespaced := !isClusterScoped(name)
	if hasStrategy {
		namespaced = strategy.NamespaceScoped()
	}
	// whoever applies an object without a namespace gives it one
	if namespaced && accessor.GetNamespace() == "" {
		accessor.SetNamespace("default")
	}
	if hasStrategy {
		rest.FillObjectMetaSystemFields(accessor)
		ctx := genericapirequest.WithNamespace(context.Background(), accessor.GetNamespace())
		if err := rest.BeforeCreate(strategy, ctx, internal); err != nil {
			return fromStatus(err)
		}
		return nil
	}
	if validate, ok := validators[name]; ok {
		return fromFaults(validate(internal))
	}
	if slices.Contains(decodedOnly, name) {
		return fromFaults(apivalidation.ValidateObjectMetaAccessor(accessor, false, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata")))
	}
	return []finding{{"unknown-kind", "kind", fmt.Sprintf("%s is not judged; say how in test/manifests/tools/check/built_in.go", describe(kind))}}
}

// unknownField takes `unknown field "spec.replica"` apart.
func unknownField(message string) finding {
	field := ""
	if parts := strings.Split(message, `"`); len(parts) >= 2 {
		field = parts[1]
	}
	return finding{"unknown-field", field, message}
}

func fromFaults(faults field.ErrorList) []finding {
	findings := []finding{}
	for _, fault := range faults {
		findings = append(findings, finding{"invalid", fault.Field, oneLine(fault.ErrorBody())})
	}
	return findings
}

func fromStatus(err error) []finding {
	status, ok := err.(apierrors.APIStatus)
	if !ok || status.Status().Details == nil || len(status.Status().Details.Causes) == 0 {
		return []finding{{"invalid", "", oneLine(err.Error())}}
	}
	findings := []finding{}
	for _, cause := range status.Status().Details.Causes {
		findings = append(findings, finding{"invalid", cause.Field, oneLine(cause.Message)})
	}
	return findings
}
