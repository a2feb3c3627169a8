/** The hub's API, generated from /openapi.json by `npm run api:write`: a test holds the two together. */
export interface paths {
  '/api/v1/sites': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Sites with their state, by name
     * @description Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-sites'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sites/{site}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One site with its gaps, its open alarms and what helps
     * @description Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-site'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sites/{site}/timeline': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What happened to a site: states, alarms, models and versions, newest first
     * @description Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-site-timeline'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/sites/{site}/history': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Backlog, lag, volume and latency of a site over a period, in at most 60 equal stretches
     * @description Of heartbeats for as long as they are kept, of results for as long as those are. Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-site-history'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/timeline': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What happened to the sites, newest first
     * @description Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-timeline'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/results': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Results in the order they were recorded, newest first
     * @description Since and until are about scoredAt, which a site may send to the hour or the day only. Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-results'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/results/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * All results that the filters let through, as a file, newest first
     * @description A failure on the way breaks the connection off: such a file is not whole. Roles: data-science, compliance.
     */
    get: operations['export-results'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/summary': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Counts and latency by site over a period
     * @description Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-summary'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/alarms': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Alarms, newest first
     * @description Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-alarms'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Who saw study-level rows or changed something, at the hub and at the sites, newest first
     * @description Since and until are about recordedAt. Roles: compliance.
     */
    get: operations['read-audit'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/audit/anchors': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * How far the audit is chained, anchored and checked, and its anchors, newest first
     * @description Roles: compliance.
     */
    get: operations['read-audit-anchors'];
    put?: never;
    /**
     * Anchor the audit now
     * @description It is anchored once a day by itself. Roles: compliance.
     */
    post: operations['anchor-audit'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/evidence': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Evidence of technical safeguards over a period, as one signed ZIP
     * @description At most 400 days. What is in it and how to verify it is in its README.txt and in docs/audit.md. A failure on the way breaks the connection off. Roles: compliance.
     */
    get: operations['export-evidence'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/releases': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Model releases that the hub was given, by name and newest first
     * @description Numbers about the models; no weights are at the hub. Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-releases'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/models': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Models by what they scored, those that came last first
     * @description Roles: data-science, compliance.
     */
    get: operations['read-models'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/models/{digest}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A model over a period: distribution, drift, calibration, agreement and latency by site
     * @description What each number means, and what it cannot tell, is in docs/models.md. Roles: data-science, compliance.
     */
    get: operations['read-model'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/compliance': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The state of every policy at every site, by policy and site
     * @description A state whose source or cluster is not heard is unknown, never what it was. Roles: hospital-it, compliance.
     */
    get: operations['read-compliance'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/compliance/policies': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Policies with their states counted and how long it took to fix them, by name
     * @description Roles: hospital-it, compliance.
     */
    get: operations['read-compliance-policies'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/compliance/sites': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Sites with the state of every policy, those with most amiss first
     * @description Roles: hospital-it, compliance.
     */
    get: operations['read-compliance-sites'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/compliance/history': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What became of the states of policies, newest first
     * @description Since and until are about at, by the clock of where it happened. Roles: hospital-it, compliance.
     */
    get: operations['read-compliance-history'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/fleet': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Clusters, sets, placements, works and applications as the platform has them, by kind and name
     * @description Roles: hospital-it, compliance.
     */
    get: operations['read-fleet'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/fleet/sources': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What tells of the fleet, and how fresh that is
     * @description Roles: hospital-it, compliance.
     */
    get: operations['read-fleet-sources'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/privacy': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What may leave a site, what was refused here, and where identities may have been
     * @description Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-privacy'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/stream': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Server-sent events as things happen
     * @description Events `result` (data: Result, with an id), `site` (data: Site), `alarm` (data: Alarm) and `compliance` (data: ComplianceChange: read what you show anew). With Last-Event-ID, first the results recorded after that one, if they are at most 10000; otherwise, or when the id is of no result here, `reset` (data: StreamReset): read the lists anew, the stream goes on with what is new. Sites and alarms are not repeated: read them on each opening. Roles: hospital-it, data-science, compliance.
     */
    get: operations['read-stream'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/session': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The role signed in as */
    get: operations['read-session'];
    put?: never;
    /** Exchange a token for a session cookie */
    post: operations['open-session'];
    /** Sign out */
    delete: operations['close-session'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/session/methods': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How one can sign in here */
    get: operations['read-session-methods'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/session/oidc': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Sign in at the identity provider
     * @description Only where sign-in at an identity provider is set up. A failure is told to the console as `?sign-in=`.
     */
    get: operations['begin-oidc-session'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/session/oidc/callback': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Where the identity provider sends browsers back
     * @description Only where sign-in at an identity provider is set up. A failure is told to the console as `?sign-in=`.
     */
    get: operations['return-from-oidc'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/v1/session/oidc/end': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Sign out at the identity provider
     * @description Only where sign-in at an identity provider is set up. A failure is told to the console as `?sign-in=`.
     */
    get: operations['end-oidc-session'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** This document */
    get: operations['read-openapi'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/healthz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process lives */
    get: operations['read-health'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether it should be sent work */
    get: operations['read-readiness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Metrics in the text format of Prometheus */
    get: operations['read-metrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Site: {
      name: string;
      /** @enum {string} */
      state: 'live' | 'late' | 'link-down' | 'dead';
      /** Format: date-time */
      stateSince: string;
      /** @description By the site's clock; null before the first heartbeat. */
      lastHeartbeatAt: string | null;
      /** @description Images in the intake bucket without an outcome. */
      backlog: number | null;
      oldestUnscoredAgeSeconds: number | null;
      deadLetters: number | null;
      /** @description Events that wait at the site to be sent here. */
      outboxPending: number | null;
      /** @description How long the latest heartbeat was on its way: from its sending, by the site's clock, to its receipt, by the hub's. Says nothing of a site that fell silent. */
      mirrorLagSeconds: number | null;
      /** @description Components of the site, as its latest heartbeat tells. */
      status: {
        /** @enum {string} */
        store: 'up' | 'down' | 'unknown';
        /** @enum {string} */
        kafka: 'up' | 'down' | 'unknown';
        /** @enum {string} */
        database: 'up' | 'down' | 'unknown';
        /** @enum {string} */
        inference: 'up' | 'down' | 'unknown';
      } | null;
      /** @description Events that the site sent and that have not arrived, after a grace of 30 seconds. */
      missing: number;
      /** @description All results ever recorded. */
      counts: {
        total: number;
        byDecision: {
          normal: number;
          review: number;
          'pneumonia-suspected': number;
          unreadable: number;
        };
      };
      model: {
        name: string;
        version: string;
        digest: string;
      } | null;
      appVersion: string | null;
      /** @description What the platform says of the site’s cluster; null when it does not know it. */
      cluster: {
        /**
         * @description Unknown as well when what tells of the fleet is not heard.
         * @enum {string}
         */
        availability: 'available' | 'unavailable' | 'unknown';
        since: string | null;
        message: string;
        accepted: boolean;
        joined: boolean;
        /** @description What the state and the availability say together; null when the latter is not known. */
        reading: ('in-touch' | 'cluster-unwell' | 'services-silent' | 'agent-silent' | 'unreachable') | null;
      } | null;
    };
    /** @description RFC 9457 */
    Problem: {
      type: string;
      title: string;
      status: number;
      code: string;
      /** @description Names the field and the fix. */
      detail: string;
    };
    SiteDetail: {
      name: string;
      /** @enum {string} */
      state: 'live' | 'late' | 'link-down' | 'dead';
      /** Format: date-time */
      stateSince: string;
      /** @description By the site's clock; null before the first heartbeat. */
      lastHeartbeatAt: string | null;
      /** @description Images in the intake bucket without an outcome. */
      backlog: number | null;
      oldestUnscoredAgeSeconds: number | null;
      deadLetters: number | null;
      /** @description Events that wait at the site to be sent here. */
      outboxPending: number | null;
      /** @description How long the latest heartbeat was on its way: from its sending, by the site's clock, to its receipt, by the hub's. Says nothing of a site that fell silent. */
      mirrorLagSeconds: number | null;
      /** @description Components of the site, as its latest heartbeat tells. */
      status: {
        /** @enum {string} */
        store: 'up' | 'down' | 'unknown';
        /** @enum {string} */
        kafka: 'up' | 'down' | 'unknown';
        /** @enum {string} */
        database: 'up' | 'down' | 'unknown';
        /** @enum {string} */
        inference: 'up' | 'down' | 'unknown';
      } | null;
      /** @description Events that the site sent and that have not arrived, after a grace of 30 seconds. */
      missing: number;
      /** @description All results ever recorded. */
      counts: {
        total: number;
        byDecision: {
          normal: number;
          review: number;
          'pneumonia-suspected': number;
          unreadable: number;
        };
      };
      model: {
        name: string;
        version: string;
        digest: string;
      } | null;
      appVersion: string | null;
      /** @description What the platform says of the site’s cluster; null when it does not know it. */
      cluster: {
        /**
         * @description Unknown as well when what tells of the fleet is not heard.
         * @enum {string}
         */
        availability: 'available' | 'unavailable' | 'unknown';
        since: string | null;
        message: string;
        accepted: boolean;
        joined: boolean;
        /** @description What the state and the availability say together; null when the latter is not known. */
        reading: ('in-touch' | 'cluster-unwell' | 'services-silent' | 'agent-silent' | 'unreachable') | null;
      } | null;
      /**
       * Format: date-time
       * @description When the hub first saw its topics.
       */
      firstSeenAt: string;
      /** @description When anything of it last arrived. */
      lastReceivedAt: string | null;
      /** @description Sequences of events that did not arrive, the first 20 gaps. */
      missingRanges: {
        from: number;
        to: number;
      }[];
      openAlarms: components['schemas']['Alarm'][];
      /** @description What can be done at the site now, the first thing first; nothing when it is well. */
      help: {
        why: string;
        /** @description A line of the hilum command line. */
        command: string;
      }[];
    };
    Alarm: {
      id: string;
      site: string;
      /** @enum {string} */
      kind: 'site-late' | 'site-dead' | 'sequences-missing' | 'dead-letters' | 'component-down' | 'quarantine';
      /** @enum {string} */
      severity: 'warning' | 'critical';
      /** Format: date-time */
      since: string;
      /** Format: date-time */
      lastSeenAt: string;
      closedAt: string | null;
      detail: string;
    };
    /** @description Something that happened to a site. A gap in its events is found and filled with the alarm sequences-missing; the alarms site-late and site-dead are left out, since the state tells the same. */
    TimelineEntry:
      | {
          id: string;
          site: string;
          /**
           * Format: date-time
           * @description By the hub's clock.
           */
          at: string;
          /** @constant */
          kind: 'first-seen';
        }
      | {
          id: string;
          site: string;
          /**
           * Format: date-time
           * @description By the hub's clock.
           */
          at: string;
          /** @constant */
          kind: 'state';
          detail: {
            from: ('live' | 'late' | 'link-down' | 'dead') | null;
            /** @enum {string} */
            to: 'live' | 'late' | 'link-down' | 'dead';
          };
        }
      | {
          id: string;
          site: string;
          /**
           * Format: date-time
           * @description By the hub's clock.
           */
          at: string;
          /** @enum {string} */
          kind: 'alarm-opened' | 'alarm-closed';
          detail: {
            alarmId: string;
            /** @enum {string} */
            kind: 'site-late' | 'site-dead' | 'sequences-missing' | 'dead-letters' | 'component-down' | 'quarantine';
            /** @enum {string} */
            severity: 'warning' | 'critical';
            detail: string;
          };
        }
      | {
          id: string;
          site: string;
          /**
           * Format: date-time
           * @description By the hub's clock.
           */
          at: string;
          /** @constant */
          kind: 'model';
          detail: {
            from: {
              name: string;
              version: string;
              digest: string;
            } | null;
            to: {
              name: string;
              version: string;
              digest: string;
            };
          };
        }
      | {
          id: string;
          site: string;
          /**
           * Format: date-time
           * @description By the hub's clock.
           */
          at: string;
          /** @constant */
          kind: 'app';
          detail: {
            from: string | null;
            to: string;
          };
        };
    SiteHistory: {
      site: string;
      /** Format: date-time */
      from: string;
      /** Format: date-time */
      to: string;
      stepSeconds: number;
      points: {
        /**
         * Format: date-time
         * @description When the stretch begins.
         */
        at: string;
        /** @description The most in it; null without a heartbeat, as are the next two. */
        backlog: number | null;
        oldestUnscoredAgeSeconds: number | null;
        mirrorLagSeconds: number | null;
        /** @description Results scored in it. */
        total: number;
        unreadable: number;
        latencyMs: {
          p50: number | null;
          p95: number | null;
        };
      }[];
    };
    Result: {
      id: string;
      /**
       * Format: date-time
       * @description When the hub recorded it.
       */
      receivedAt: string;
      /** @description W3C trace id of the image, from the upload on. */
      traceId: string | null;
      site: string;
      sequence: number;
      studyPseudonym: string;
      imagePseudonym: string;
      /** @enum {string} */
      decision: 'normal' | 'review' | 'pneumonia-suspected' | 'unreadable';
      probability: number | null;
      reason:
        | (
            | 'empty'
            | 'too-large'
            | 'too-many-pixels'
            | 'unsupported-format'
            | 'corrupt'
            | 'decode-timeout'
            | 'too-small'
            | 'no-contrast'
            | 'not-chest'
            | 'scoring-failed'
            | 'uncertain'
            | 'rotated'
            | 'over-exposed'
            | 'under-exposed'
          )
        | null;
      /** @enum {string} */
      priority: 'routine' | 'urgent' | 'stat';
      model: {
        name: string;
        version: string;
        digest: string;
      };
      input: {
        /** @enum {string} */
        kind: 'jpeg' | 'png' | 'tiff' | 'webp' | 'gif' | 'unknown';
        width: number | null;
        height: number | null;
        bits: number | null;
        stats: {
          mean: number;
          std: number;
          min: number;
          max: number;
        } | null;
      };
      timingsMs: {
        notify: number | null;
        queue: number | null;
        fetch: number | null;
        decode: number | null;
        predict: number | null;
        explain: number | null;
        publish: number | null;
      };
      /** Format: date-time */
      uploadedAt: string;
      /** Format: date-time */
      scoredAt: string;
      supersedes: string | null;
    };
    Summary: {
      /** Format: date-time */
      from: string;
      /** Format: date-time */
      to: string;
      total: number;
      byDecision: {
        normal: number;
        review: number;
        'pneumonia-suspected': number;
        unreadable: number;
      };
      sites: {
        site: string;
        total: number;
        byDecision: {
          normal: number;
          review: number;
          'pneumonia-suspected': number;
          unreadable: number;
        };
        /** @description Upload to scored, in milliseconds; null without results. */
        latencyMs: {
          p50: number | null;
          p95: number | null;
        };
      }[];
    };
    AuditEntry: {
      id: string;
      /**
       * @description Where it happened: here, or at a site that reported it.
       * @enum {string}
       */
      source: 'hub' | 'site';
      site: string | null;
      /** @description Null for somebody unknown whose sign-in was refused. */
      actorRole: string | null;
      actorPseudonym: string | null;
      action: string;
      /** @description At a site: the study. */
      subjectPseudonym: string | null;
      /** @description At the hub: what was asked for. */
      query: {
        [key: string]: string;
      } | null;
      /**
       * Format: date-time
       * @description By the clock of where it happened.
       */
      at: string;
      /**
       * Format: date-time
       * @description When the hub recorded it.
       */
      recordedAt: string;
      /** @description Its place in the chain; null for the second until it is chained. */
      position: number | null;
      /** @description SHA-256 over it and the hash of the one before. */
      hash: string | null;
    };
    AuditChain: {
      /** @description The last row of the chain. */
      position: number;
      /** @description Entries that are recorded and not chained yet. */
      waiting: number;
      lastAnchorAt: string | null;
      /** @description Rows up to this one are covered by an anchor. */
      anchoredTo: number;
      /**
       * @description Of the rows since the anchor before, when it was last looked at; hilum audit verify checks all.
       * @enum {string}
       */
      state: 'unchecked' | 'intact' | 'broken';
      checkedAt: string | null;
      problem: components['schemas']['AuditFinding'] | null;
    };
    AuditFinding: {
      /** @enum {string} */
      kind:
        | 'changed'
        | 'missing'
        | 'inserted'
        | 'reordered'
        | 'cut-off'
        | 'unsigned-end'
        | 'anchor-missing'
        | 'anchor-invalid'
        | 'anchor-mismatch';
      position: number;
      /** @description Of the row; null when there is none. */
      id: string | null;
      detail: string;
    };
    AuditAnchor: {
      /** @description 1, 2, 3 … without a gap; the object anchors/<number, nine digits>.json in the store. */
      number: number;
      /** Format: date-time */
      at: string;
      /** @description The oldest row that is kept: what was before has expired. */
      first: number;
      /** @description The latest row that it covers. */
      position: number;
      /** @description Of that row. */
      hash: string;
      /** @description Of the signed object in the store. */
      sha256: string;
      /** @description Whose signature it has: SHA-256 of the public key. */
      keyId: string;
      /** @description Rows that were lost and taken note of. */
      loss: components['schemas']['AuditLoss'] | null;
    };
    AuditLoss: {
      /** @description The latest row that was still there. */
      kept: number;
      /** @description The latest row that earlier anchors cover. */
      covered: number;
      why: string;
      /** @description Pseudonym of who took note of it. */
      acceptedBy: string;
    };
    Release: {
      name: string;
      version: string;
      /** @description Of the weights; results name their model by it. */
      digest: string;
      thresholds: {
        review: number;
        suspected: number;
      };
      /** @description As the release states them, on its validation images. */
      metrics: {
        [key: string]: unknown;
      };
      /** @description What the model gave for its validation images: live results are compared with it. */
      reference: {
        probabilityHistogram: {
          edges: number[];
          counts: number[];
        } | null;
        /** @description Of the mean and of the standard deviation of each image’s pixels (0..1), over the images. */
        imageStats: {
          mean: {
            mean: number;
            std: number;
          };
          std: {
            mean: number;
            std: number;
          };
        } | null;
        /** @description At equal steps from the least to the greatest. */
        quantiles: {
          probability: number[];
          imageMean: number[];
          imageStd: number[];
        } | null;
        /** @description How many images the quantiles are of. */
        images: number | null;
      } | null;
    };
    ModelVolume: {
      model: {
        name: string;
        version: string;
        digest: string;
      };
      /** @description All results ever recorded. */
      total: number;
      byDecision: {
        normal: number;
        review: number;
        'pneumonia-suspected': number;
        unreadable: number;
      };
      sites: {
        site: string;
        total: number;
      }[];
      /**
       * Format: date-time
       * @description When the hub recorded its first result.
       */
      firstSeenAt: string;
      /** Format: date-time */
      lastSeenAt: string;
      /**
       * @description What the release of this model can be compared by; none: drift cannot be told.
       * @enum {string}
       */
      reference: 'quantiles' | 'histogram' | 'none';
    };
    ModelReport: {
      model: {
        name: string;
        version: string;
        digest: string;
      };
      /** Format: date-time */
      from: string;
      /** Format: date-time */
      to: string;
      /** @description Null when the hub does not know the release. */
      thresholds: {
        review: number;
        suspected: number;
      } | null;
      reference: {
        /** @description Why there is nothing, or not everything, to compare with. */
        reason:
          | (
              | 'no-release'
              | 'no-reference'
              | 'too-few-results'
              | 'too-few-feedback'
              | 'too-few-of-a-class'
              | 'not-determined'
            )
          | null;
        /** @description Validation images by probability, between the edges. */
        counts: number[] | null;
        images: number | null;
      };
      edges: number[];
      all: components['schemas']['SiteJudgement'];
      /** @description Sites with a result in the period, by name. */
      sites: components['schemas']['SiteJudgement'][];
    };
    SiteJudgement: {
      /** @description Null: all sites together. */
      site: string | null;
      total: number;
      byDecision: {
        normal: number;
        review: number;
        'pneumonia-suspected': number;
        unreadable: number;
      };
      /** @description Results by probability, between the edges of the report. */
      distribution: number[];
      /** @description How many results tests and latencies are of: the newest 1000 of each site in the period, fewer when all sites together would give more than 50000. */
      sampleSize: number;
      drift: {
        /** @description Population stability index of the probabilities against the release’s; level shifting from 0.1 and shifted from 0.25 on, with at least 220 results. It moves with the share of patients who are ill as well. */
        probability: {
          level: ('stable' | 'shifting' | 'shifted') | null;
          reason:
            | (
                | 'no-release'
                | 'no-reference'
                | 'too-few-results'
                | 'too-few-feedback'
                | 'too-few-of-a-class'
                | 'not-determined'
              )
            | null;
          psi: number | null;
          test: {
            /** @description Greatest distance between both distribution functions. */
            statistic: number;
            pValue: number;
            /** @enum {string} */
            method: 'exact' | 'asymptotic';
          } | null;
        };
        /** @description Two-sample Kolmogorov–Smirnov tests on the pixels’ mean and standard deviation, Holm’s correction. */
        images: {
          level: ('stable' | 'shifting' | 'shifted') | null;
          reason:
            | (
                | 'no-release'
                | 'no-reference'
                | 'too-few-results'
                | 'too-few-feedback'
                | 'too-few-of-a-class'
                | 'not-determined'
              )
            | null;
          tests: {
            /** @enum {string} */
            name: 'imageMean' | 'imageStd';
            /** @description Greatest distance between both distribution functions. */
            statistic: number;
            pValue: number;
            /** @enum {string} */
            method: 'exact' | 'asymptotic';
            adjustedPValue: number;
          }[];
        };
      };
      /** @description Where the time went, in milliseconds; total is upload to scored. */
      latencyMs: {
        notify: {
          p50: number | null;
          p95: number | null;
        };
        queue: {
          p50: number | null;
          p95: number | null;
        };
        fetch: {
          p50: number | null;
          p95: number | null;
        };
        decode: {
          p50: number | null;
          p95: number | null;
        };
        predict: {
          p50: number | null;
          p95: number | null;
        };
        explain: {
          p50: number | null;
          p95: number | null;
        };
        publish: {
          p50: number | null;
          p95: number | null;
        };
        total: {
          p50: number | null;
          p95: number | null;
        };
      };
      /** @description Numbers from fewer than 10 studies are null. */
      feedback: {
        /**
         * @description AUROC and calibration are of the studies that readers gave a finding on, by label or by a verdict that leaves one meaning; no score counts as truth. Nothing is corrected for verification bias: when readers look at suspected studies more often than at normal ones, as labelledShare tells, both are biased.
         * @constant
         */
        basis: 'labelled-studies-only';
        /** @description With feedback; the last word on each counts. */
        studies: number;
        /** @description With a finding that says whether there is pneumonia. */
        labelled: number;
        /** @description Whose verdict and label exclude each other; left out. */
        contradictory: number;
        /** @description Share of the results of each decision that have a finding; null when fewer than 10 have. */
        labelledShare: {
          normal: number | null;
          review: number | null;
          'pneumonia-suspected': number | null;
        };
        /** @description Share of studies whose readers agree with the decision. */
        agreement: components['schemas']['Estimate'];
        agreementByDecision: {
          normal: components['schemas']['Estimate'];
          review: components['schemas']['Estimate'];
          'pneumonia-suspected': components['schemas']['Estimate'];
          unreadable: components['schemas']['Estimate'];
        };
        /** @description Area under the ROC curve, DeLong’s interval on the logit scale. */
        auroc: components['schemas']['Estimate'];
        calibration: {
          reason:
            | (
                | 'no-release'
                | 'no-reference'
                | 'too-few-results'
                | 'too-few-feedback'
                | 'too-few-of-a-class'
                | 'not-determined'
              )
            | null;
          /** @description Expected calibration error over ten equal bins. */
          expectedError: number | null;
          /** @description Calibration in the large on the logit scale; 0 is right, below 0 too high. */
          intercept: components['schemas']['Estimate'];
          /** @description 1 is right, below 1 too extreme. */
          slope: components['schemas']['Estimate'];
          /** @description Bins of at least 10 studies where there are enough. */
          curve: {
            from: number;
            to: number;
            count: number;
            meanProbability: number;
            observed: {
              value: number;
              low: number;
              high: number;
            };
          }[];
        };
      };
    };
    /** @description With its 95 % interval; null with the reason when it is not shown. */
    Estimate: {
      value: number | null;
      low: number | null;
      high: number | null;
      reason:
        | (
            | 'no-release'
            | 'no-reference'
            | 'too-few-results'
            | 'too-few-feedback'
            | 'too-few-of-a-class'
            | 'not-determined'
          )
        | null;
    };
    PolicyState: {
      policy: string;
      /** @description The site, or the hub’s own cluster. */
      site: string;
      /** @enum {string} */
      state: 'compliant' | 'non-compliant' | 'pending' | 'unknown';
      message: string;
      /** Format: date-time */
      since: string;
      /**
       * Format: date-time
       * @description When its source last reported it.
       */
      observedAt: string;
    };
    Policy: {
      name: string;
      title: string;
      why: string;
      /** @enum {string} */
      severity: 'low' | 'medium' | 'high' | 'critical';
      standards: string[];
      categories: string[];
      controls: string[];
      /** @enum {string} */
      remediation: 'inform' | 'enforce';
      policySets: string[];
      /** @enum {string} */
      source: 'local' | 'ocm';
      /** Format: date-time */
      firstSeenAt: string;
      /** @description When its source no longer had it; its history stays. */
      removedAt: string | null;
      /** @description Sites in each state now. */
      counts: {
        compliant: number;
        'non-compliant': number;
        pending: number;
        unknown: number;
      };
      /** @description From becoming non-compliant to being compliant again: neither unknown nor pending ends it. */
      timeToFix: {
        /** @description Times that it became non-compliant in the period and is compliant again. */
        fixed: number;
        /** @description Times that it became so and is not yet, or its state is not known. */
        open: number;
        /** @description Of those that were fixed; null without any. */
        medianSeconds: number | null;
        longestSeconds: number | null;
      };
    };
    SiteCompliance: {
      site: string;
      counts: {
        compliant: number;
        'non-compliant': number;
        pending: number;
        unknown: number;
      };
      states: {
        policy: string;
        /** @enum {string} */
        state: 'compliant' | 'non-compliant' | 'pending' | 'unknown';
        /** Format: date-time */
        since: string;
      }[];
    };
    PolicyTransition: {
      id: string;
      policy: string;
      site: string;
      /** @description The part of the policy that it was of; null: the policy as a whole. */
      template: string | null;
      /** @description Null: it did not apply before. As `to` when only the message changed. */
      from: ('compliant' | 'non-compliant' | 'pending' | 'unknown') | null;
      /** @description Null: it no longer applies. */
      to: ('compliant' | 'non-compliant' | 'pending' | 'unknown') | null;
      message: string;
      /**
       * Format: date-time
       * @description By the clock of where it happened.
       */
      at: string;
      /**
       * Format: date-time
       * @description When the hub recorded it.
       */
      recordedAt: string;
    };
    FleetObject:
      | {
          /** @constant */
          kind: 'cluster';
          /** @constant */
          namespace: '';
          name: string;
          site: string;
          /** @enum {string} */
          source: 'local' | 'ocm';
          /**
           * Format: date-time
           * @description When the source last told of it.
           */
          observedAt: string;
          accepted: boolean;
          joined: boolean;
          /** @enum {string} */
          availability: 'available' | 'unavailable' | 'unknown';
          availabilitySince: string | null;
          message: string;
          clusterSet: string | null;
          version: string | null;
        }
      | {
          /** @constant */
          kind: 'cluster-set';
          /** @constant */
          namespace: '';
          name: string;
          site: null;
          /** @enum {string} */
          source: 'local' | 'ocm';
          /**
           * Format: date-time
           * @description When the source last told of it.
           */
          observedAt: string;
          isEmpty: boolean | null;
          message: string;
        }
      | {
          /** @constant */
          kind: 'placement';
          namespace: string;
          name: string;
          site: null;
          /** @enum {string} */
          source: 'local' | 'ocm';
          /**
           * Format: date-time
           * @description When the source last told of it.
           */
          observedAt: string;
          selected: number;
          isSatisfied: boolean | null;
          message: string;
        }
      | {
          /** @constant */
          kind: 'placement-decision';
          namespace: string;
          name: string;
          site: null;
          /** @enum {string} */
          source: 'local' | 'ocm';
          /**
           * Format: date-time
           * @description When the source last told of it.
           */
          observedAt: string;
          placement: string | null;
          clusters: string[];
        }
      | {
          /** @constant */
          kind: 'work';
          namespace: string;
          name: string;
          site: string;
          /** @enum {string} */
          source: 'local' | 'ocm';
          /**
           * Format: date-time
           * @description When the source last told of it.
           */
          observedAt: string;
          isApplied: boolean | null;
          isAvailable: boolean | null;
          /** @description Whether the rest is of what is wanted now. */
          isCurrent: boolean;
          message: string;
        }
      | {
          /** @constant */
          kind: 'work-set';
          namespace: string;
          name: string;
          site: null;
          /** @enum {string} */
          source: 'local' | 'ocm';
          /**
           * Format: date-time
           * @description When the source last told of it.
           */
          observedAt: string;
          total: number;
          applied: number;
          available: number;
          degraded: number;
          progressing: number;
        }
      | {
          /** @constant */
          kind: 'policy-set';
          namespace: string;
          name: string;
          site: null;
          /** @enum {string} */
          source: 'local' | 'ocm';
          /**
           * Format: date-time
           * @description When the source last told of it.
           */
          observedAt: string;
          description: string;
          policies: string[];
        }
      | {
          /** @constant */
          kind: 'application';
          namespace: string;
          name: string;
          site: string | null;
          /** @enum {string} */
          source: 'local' | 'ocm';
          /**
           * Format: date-time
           * @description When the source last told of it.
           */
          observedAt: string;
          applicationSet: string | null;
          /** @enum {string} */
          sync: 'Synced' | 'OutOfSync' | 'Unknown';
          /** @enum {string} */
          health: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown';
          revision: string | null;
          message: string;
        }
      | {
          /** @constant */
          kind: 'application-set';
          namespace: string;
          name: string;
          site: null;
          /** @enum {string} */
          source: 'local' | 'ocm';
          /**
           * Format: date-time
           * @description When the source last told of it.
           */
          observedAt: string;
          applications: number | null;
          isUpToDate: boolean | null;
          message: string;
        };
    FleetSource: {
      /** @enum {string} */
      source: 'local' | 'ocm';
      /** @description Until when all of it is known; null: it was never heard. */
      seenAt: string | null;
      /** @description Whether its states are unknown for that. */
      isStale: boolean;
      /** @description How well this replica of the hub sees each kind of object. */
      views: {
        kind: string;
        /** @enum {string} */
        state: 'starting' | 'following' | 'absent' | 'refused' | 'failing';
        provenAt: string | null;
        detail: string | null;
      }[];
    };
    PrivacyBoundary: {
      /** @description All that may leave a site. */
      topics: {
        /** @enum {string} */
        topic: 'results.deid.v1' | 'feedback.deid.v1' | 'heartbeat.v1' | 'audit.v1';
        eventType: string;
        /** @description With dots for what is inside; nothing else is accepted. */
        fields: string[];
      }[];
      quarantine: {
        site: string;
        code: string;
        /** @description False only when no more than the envelope was wrong. */
        mayBeIdentity: boolean;
        total: number;
        /** Format: date-time */
        firstAt: string;
        /** Format: date-time */
        lastAt: string;
      }[];
      /** @description Open alarms of refused events. */
      alarms: components['schemas']['Alarm'][];
    };
    Session: {
      /** @enum {string} */
      role: 'hospital-it' | 'data-science' | 'compliance';
      /**
       * @description How the session was opened.
       * @enum {string}
       */
      method: 'token' | 'oidc';
    };
    SessionMethods: {
      methods: ('token' | 'oidc')[];
    };
    StreamReset: {
      /**
       * @description The id is too far back, or of no result here.
       * @enum {string}
       */
      reason: 'too-far-back' | 'unknown-id';
    };
    ComplianceChange: {
      /** @description How many were ever recorded. */
      transitions: number;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  'read-sites': {
    parameters: {
      query?: {
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Sites with their state, by name */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Site'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-site': {
    parameters: {
      query?: never;
      header?: never;
      path: {
        site: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One site with its gaps, its open alarms and what helps */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SiteDetail'];
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub has never heard of the site */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-site-timeline': {
    parameters: {
      query?: {
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path: {
        site: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What happened to a site: states, alarms, models and versions, newest first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['TimelineEntry'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub has never heard of the site */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-site-history': {
    parameters: {
      query?: {
        /** @description Begins at this time, rounded down to a whole step; 24 hours before `until` when absent. */
        since?: string;
        /** @description Ends before this time; now when absent. At most 31 days after `since`. */
        until?: string;
      };
      header?: never;
      path: {
        site: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Backlog, lag, volume and latency of a site over a period, in at most 60 equal stretches */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SiteHistory'];
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub has never heard of the site */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-timeline': {
    parameters: {
      query?: {
        /** @description Only this site. */
        site?: string;
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What happened to the sites, newest first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['TimelineEntry'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-results': {
    parameters: {
      query?: {
        /** @description Only this site. */
        site?: string;
        /** @description Only this decision. */
        decision?: 'normal' | 'review' | 'pneumonia-suspected' | 'unreadable';
        /** @description Only this model: its name, name@version, or the weights' digest. */
        model?: string;
        /** @description Only results scored at this time or later. */
        since?: string;
        /** @description Only results scored before this time. */
        until?: string;
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Results in the order they were recorded, newest first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Result'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'export-results': {
    parameters: {
      query?: {
        /** @description CSV as of RFC 4180 with names such as model.version, or Apache Parquet with the groups of the rows. */
        format?: 'csv' | 'parquet';
        /** @description Only this site. */
        site?: string;
        /** @description Only this decision. */
        decision?: 'normal' | 'review' | 'pneumonia-suspected' | 'unreadable';
        /** @description Only this model: its name, name@version, or the weights' digest. */
        model?: string;
        /** @description Only results scored at this time or later. */
        since?: string;
        /** @description Only results scored before this time. */
        until?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The file */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/csv': string;
          'application/vnd.apache.parquet': string;
        };
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-summary': {
    parameters: {
      query?: {
        /** @description Results scored at this time or later; 24 hours before `until` when absent. */
        since?: string;
        /** @description Results scored before this time; now when absent. */
        until?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Counts and latency by site over a period */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Summary'];
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-alarms': {
    parameters: {
      query?: {
        /** @description Only this site. */
        site?: string;
        /** @description Only open or only closed alarms. */
        state?: 'open' | 'closed';
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Alarms, newest first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Alarm'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-audit': {
    parameters: {
      query?: {
        /** @description Only what happened there. */
        source?: 'hub' | 'site';
        /** @description Only this site. */
        site?: string;
        /** @description Only what was done in this role. */
        role?: string;
        /** @description Only what was done by this pseudonym. */
        actor?: string;
        /** @description Only this action. */
        action?:
          | 'session.opened'
          | 'session.closed'
          | 'session.refused'
          | 'results.listed'
          | 'results.exported'
          | 'stream.opened'
          | 'audit.listed'
          | 'audit.anchored'
          | 'evidence.exported'
          | 'studies.listed'
          | 'study.viewed'
          | 'study.uploaded';
        /** @description Only what was recorded at this time or later. */
        since?: string;
        /** @description Only what was recorded before this time. */
        until?: string;
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Who saw study-level rows or changed something, at the hub and at the sites, newest first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['AuditEntry'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-audit-anchors': {
    parameters: {
      query?: {
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description How far the audit is chained, anchored and checked, and its anchors, newest first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            chain: components['schemas']['AuditChain'];
            items: components['schemas']['AuditAnchor'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'anchor-audit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': {
          /** @description Takes note that rows which anchors cover are gone, as after a restore, and why. No patient data. */
          acceptLoss?: string;
        };
      };
    };
    responses: {
      /** @description The anchor, durable in the store */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditAnchor'];
        };
      };
      /** @description The body is not of this form */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The audit is not what it was: nothing was anchored */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The store of anchors is away */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'export-evidence': {
    parameters: {
      query?: {
        /** @description The period begins here; 30 days before `until` when absent. */
        since?: string;
        /** @description The period ends before this time, which is not in the future; now when absent. */
        until?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The pack */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/zip': string;
        };
      };
      /** @description A parameter is unknown or has a bad value, or the period is none */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Another pack is being made, or the store of anchors is away */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-releases': {
    parameters: {
      query?: {
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Model releases that the hub was given, by name and newest first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Release'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-models': {
    parameters: {
      query?: {
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Models by what they scored, those that came last first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['ModelVolume'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-model': {
    parameters: {
      query?: {
        /** @description Only this site. */
        site?: string;
        /** @description Results scored at this time or later; 7 days before `until` when absent. */
        since?: string;
        /** @description Results scored before this time; now when absent. */
        until?: string;
      };
      header?: never;
      path: {
        digest: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description A model over a period: distribution, drift, calibration, agreement and latency by site */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ModelReport'];
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description No result and no release of this model is known */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-compliance': {
    parameters: {
      query?: {
        /** @description Only this policy. */
        policy?: string;
        /** @description Only this site or cluster. */
        site?: string;
        /** @description Only this state. */
        state?: 'compliant' | 'non-compliant' | 'pending' | 'unknown';
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The state of every policy at every site, by policy and site */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['PolicyState'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-compliance-policies': {
    parameters: {
      query?: {
        /** @description Time to fix of what became non-compliant at this time or later; 90 days before `until`. */
        since?: string;
        /** @description Time to fix of what became non-compliant before this time; now when absent. */
        until?: string;
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Policies with their states counted and how long it took to fix them, by name */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['Policy'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-compliance-sites': {
    parameters: {
      query?: {
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Sites with the state of every policy, those with most amiss first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['SiteCompliance'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-compliance-history': {
    parameters: {
      query?: {
        /** @description Only this policy. */
        policy?: string;
        /** @description Only this site or cluster. */
        site?: string;
        /** @description Only what happened at this time or later. */
        since?: string;
        /** @description Only what happened before this time. */
        until?: string;
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What became of the states of policies, newest first */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['PolicyTransition'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-fleet': {
    parameters: {
      query?: {
        /** @description Only this kind. */
        kind?:
          | 'cluster'
          | 'cluster-set'
          | 'placement'
          | 'placement-decision'
          | 'work'
          | 'work-set'
          | 'policy-set'
          | 'application'
          | 'application-set';
        /** @description Only this site or cluster. */
        site?: string;
        /** @description Rows per page. */
        limit?: number;
        /** @description The nextCursor of the page before. */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Clusters, sets, placements, works and applications as the platform has them, by kind and name */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['FleetObject'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-fleet-sources': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What tells of the fleet, and how fresh that is */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            items: components['schemas']['FleetSource'][];
            /** @description For the next page; null on the last. */
            nextCursor: string | null;
          };
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-privacy': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What may leave a site, what was refused here, and where identities may have been */
      200: {
        headers: {
          /** @description For If-None-Match. */
          ETag: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PrivacyBoundary'];
        };
      };
      /** @description Unchanged since the ETag of If-None-Match */
      304: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description A parameter is unknown or has a bad value */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-stream': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id of the last result received. */
        'Last-Event-ID'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The stream */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      /** @description Last-Event-ID is not an id of this stream */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The role may not read this */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed, or its database is away */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-session': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Signed in */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'];
        };
      };
      /** @description Not signed in */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'open-session': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          token: string;
        };
      };
    };
    responses: {
      /** @description Signed in */
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Session'];
        };
      };
      /** @description The token is missing */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The token is not known */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description Too many requests of this asker */
      429: {
        headers: {
          /** @description Seconds. */
          'Retry-After': string;
          /** @description What is left: draft-ietf-httpapi-ratelimit-headers-08. */
          RateLimit: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description The hub failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'close-session': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Signed out */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description The hub failed */
      default: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-session-methods': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The ways, the preferred one first */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionMethods'];
        };
      };
    };
  };
  'begin-oidc-session': {
    parameters: {
      query?: {
        /** @description The page of the console to come back to. */
        to?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Go on there */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description It is not set up here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'return-from-oidc': {
    parameters: {
      query?: {
        code?: string;
        state?: string;
        error?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Go on there */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description It is not set up here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'end-oidc-session': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Go on there */
      302: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description It is not set up here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-openapi': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OpenAPI 3.1 */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            openapi: string;
          } & {
            [key: string]: unknown;
          };
        };
      };
    };
  };
  'read-health': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It does */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @constant */
            status: 'alive';
          };
        };
      };
    };
  };
  'read-readiness': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It should */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @constant */
            status: 'ready';
          };
        };
      };
      /** @description It should not; the detail says what it waits for */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  'read-metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Metrics */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
    };
  };
}
