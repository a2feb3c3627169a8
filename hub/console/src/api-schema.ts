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
  '/api/v1/stream': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Server-sent events as things happen
     * @description Events `result` (data: Result, with an id), `site` (data: Site) and `alarm` (data: Alarm). With Last-Event-ID, first the results recorded after that one, if they are at most 10000; otherwise, or when the id is of no result here, `reset` (data: StreamReset): read the lists anew, the stream goes on with what is new. Sites and alarms are not repeated: read them on each opening. Roles: hospital-it, data-science, compliance.
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
      /** @description How many results tests and latencies are of: the newest 1000 of each site in the period. */
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
