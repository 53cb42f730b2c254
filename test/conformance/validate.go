package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	argocd "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"github.com/argoproj/gitops-engine/pkg/sync/common"
)

// syncOptions are those that Argo CD looks for, by exact comparison. It ignores any other without a word.
var syncOptions = []string{
	common.SyncOptionSkipDryRunOnMissingResource, common.SyncOptionDisablePrune, common.SyncOptionPruneRequireConfirm,
	common.SyncOptionsDisableValidation, common.SyncOptionPruneLast, common.SyncOptionReplace, common.SyncOptionForce,
	common.SyncOptionServerSideApply, common.SyncOptionDisableServerSideApply, common.SyncOptionDisableDeletion,
	common.SyncOptionDeleteRequireConfirm, common.SyncOptionApplyOutOfSyncOnly,
	"CreateNamespace=true", "RespectIgnoreDifferences=true", "FailOnSharedResource=true",
	"PrunePropagationPolicy=foreground", "PrunePropagationPolicy=background", "PrunePropagationPolicy=orphan",
}

// finalizers are Argo CD's. A misspelt one blocks every deletion, since nobody takes it off.
var finalizers = []string{
	argocd.ResourcesFinalizerName, argocd.ForegroundPropagationPolicyFinalizer,
	argocd.BackgroundPropagationPolicyFinalizer, argocd.PostDeleteFinalizerName,
}

// validateApplication asks the types what they know, and adds what Argo CD checks when it reconciles.
func validateApplication(app *argocd.Application) error {
	errs := []error{validateDestination(app.Spec.Destination), validateSyncPolicy(app.Spec.SyncPolicy)}
	if app.Spec.Project == "" {
		errs = append(errs, errors.New("spec.project is empty: Argo CD would take the project default"))
	}
	if app.Spec.HasMultipleSources() && app.Spec.Source != nil {
		errs = append(errs, errors.New("spec.source beside spec.sources: Argo CD ignores it"))
	}
	for _, source := range app.Spec.GetSources() {
		errs = append(errs, validateSource(&source))
	}
	for _, finalizer := range app.Finalizers {
		if !slices.Contains(finalizers, finalizer) {
			errs = append(errs, fmt.Errorf("finalizer %q is not Argo CD's", finalizer))
		}
	}
	return errors.Join(errs...)
}

func validateSource(source *argocd.ApplicationSource) error {
	var errs []error
	if source.IsZero() {
		return errors.New("the source is empty")
	}
	if _, err := source.ExplicitType(); err != nil {
		errs = append(errs, err)
	}
	if source.RepoURL == "" {
		errs = append(errs, errors.New("source.repoURL is empty"))
	}
	if !source.IsRef() && (source.Path == "") == (source.Chart == "") {
		errs = append(errs, errors.New("the source needs either path or chart"))
	}
	if source.IsHelm() && source.TargetRevision == "" {
		errs = append(errs, errors.New("source.targetRevision is empty, which a chart repository refuses"))
	}
	if source.Helm != nil {
		errs = append(errs, validateHelm(source.Helm))
	}
	return errors.Join(errs...)
}

func validateHelm(helm *argocd.ApplicationSourceHelm) error {
	if helm.Values != "" && helm.ValuesObject != nil {
		return errors.New("helm.values beside helm.valuesObject: Argo CD ignores it")
	}
	if err := new(argocd.ApplicationSourceHelm).SetValuesString(helm.ValuesString()); err != nil {
		return fmt.Errorf("helm values: %w", err)
	}
	return nil
}

func validateDestination(destination argocd.ApplicationDestination) error {
	if (destination.Server == "") == (destination.Name == "") {
		return errors.New("the destination needs either server or name")
	}
	if destination.Namespace == "" {
		return errors.New("destination.namespace is empty: manifests without one would land in default")
	}
	return nil
}

func validateSyncPolicy(policy *argocd.SyncPolicy) error {
	if policy.IsZero() {
		return nil
	}
	var errs []error
	for _, option := range policy.SyncOptions {
		if !slices.Contains(syncOptions, option) {
			errs = append(errs, fmt.Errorf("sync option %q is none that Argo CD knows", option))
		}
	}
	if policy.Retry != nil {
		if _, err := policy.Retry.NextRetryAt(time.Time{}, 1); err != nil {
			errs = append(errs, fmt.Errorf("retry: %w", err))
		}
	}
	return errors.Join(errs...)
}

// validateMembership checks an Application against its AppProject, where the story has both. Argo CD
// reads projects in its own namespace only, so the project's is Argo CD's.
func validateMembership(app *argocd.Application, project *argocd.AppProject) error {
	var errs []error
	if !project.IsAppNamespacePermitted(app, project.Namespace) {
		errs = append(errs, fmt.Errorf("project %s does not permit Applications in namespace %s", project.Name, app.Namespace))
	}
	for _, source := range app.Spec.GetSources() {
		if !project.IsSourcePermitted(source) {
			errs = append(errs, fmt.Errorf("project %s does not permit the repository %s", project.Name, source.RepoURL))
		}
	}
	permitted, err := project.IsDestinationPermitted(app.Spec.Destination, noClusters)
	if err == nil && !permitted {
		err = fmt.Errorf("project %s does not permit the destination %s", project.Name, describe(app.Spec.Destination))
	}
	return errors.Join(append(errs, err)...)
}

func describe(destination argocd.ApplicationDestination) string {
	return strings.TrimSpace(destination.Server+" "+destination.Name) + "/" + destination.Namespace
}

func noClusters(string) ([]*argocd.Cluster, error) { return nil, nil }
