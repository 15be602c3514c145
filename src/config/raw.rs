//! A configuration as it is written: types only, no meaning. Every key of `plaudit.toml` stands here and nowhere else.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) run: RawRun,
    pub(super) events: Vec<RawEvents>,
    pub(super) customers: Vec<RawCustomers>,
    pub(super) contacts: Vec<RawContacts>,
    pub(super) channels: BTreeMap<String, RawChannel>,
    pub(super) consent: RawConsent,
    pub(super) weights: BTreeMap<String, RawWeight>,
    pub(super) rank: RawRank,
    pub(super) communities: RawCommunities,
    pub(super) reach: RawReach,
    pub(super) trust: RawTrust,
    pub(super) tiers: RawTiers,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawRun {
    pub(super) output: Option<String>,
    pub(super) as_of: Option<Scalar>,
    pub(super) window: Option<String>,
    pub(super) memory_limit: Option<String>,
    pub(super) seed: Option<i64>,
    pub(super) max_rejected: Option<f64>,
    pub(super) duplicates: Option<String>,
    pub(super) threads: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawEvents {
    pub(super) path: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) delimiter: Option<String>,
    pub(super) header: Option<bool>,
    pub(super) quoting: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) columns: Option<RawEventColumns>,
    pub(super) kind: Option<String>,
    pub(super) kinds: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawEventColumns {
    pub(super) actor: Option<Scalar>,
    pub(super) target: Option<Scalar>,
    pub(super) kind: Option<Scalar>,
    pub(super) at: Option<Scalar>,
    pub(super) channel: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawCustomers {
    pub(super) path: Option<String>,
    pub(super) delimiter: Option<String>,
    pub(super) columns: RawCustomerColumns,
    pub(super) identifiers: BTreeMap<String, Scalars>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawCustomerColumns {
    pub(super) id: Option<Scalar>,
    pub(super) name: Option<Scalar>,
    pub(super) value: Option<Scalar>,
    pub(super) cost: Option<Scalar>,
    pub(super) household: Option<Scalar>,
    pub(super) consent: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawContacts {
    pub(super) path: Option<String>,
    pub(super) delimiter: Option<String>,
    pub(super) columns: RawContactColumns,
    pub(super) window: Option<String>,
    pub(super) max_per_customer: Option<Scalar>,
    pub(super) max_per_household: Option<Scalar>,
    pub(super) max_per_community: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawContactColumns {
    pub(super) id: Option<Scalar>,
    pub(super) at: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawChannel {
    pub(super) case: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConsent {
    pub(super) missing: Option<String>,
    pub(super) denied: Option<String>,
}

/// What stands under a key of `[weights]`: `saturation` holds a word, every kind a table.
#[derive(Debug)]
pub(super) enum RawWeight {
    Word(String),
    Kind(RawKind),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawKind {
    pub(super) weight: Option<f64>,
    pub(super) half_life: Option<String>,
    pub(super) daily_cap: Option<Scalar>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawRank {
    pub(super) damping: Option<f64>,
    pub(super) tolerance: Option<f64>,
    pub(super) max_rounds: Option<i64>,
    pub(super) solver: Option<String>,
    pub(super) warm_start: Option<bool>,
    pub(super) topics: Vec<RawTopic>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawTopic {
    pub(super) name: Option<String>,
    pub(super) segment: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawCommunities {
    pub(super) quality: Option<String>,
    pub(super) min_size: Option<i64>,
    pub(super) max_size: Option<Scalar>,
    pub(super) resolution: Option<f64>,
    pub(super) iterations: Option<i64>,
    pub(super) warm_start: Option<bool>,
    pub(super) cold_every: Option<String>,
    pub(super) adopt_margin: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawReach {
    pub(super) hops: Option<i64>,
    pub(super) registers: Option<i64>,
    pub(super) exact_edges: Option<Scalar>,
    pub(super) probability: Option<RawProbability>,
    pub(super) model: Option<String>,
    pub(super) exact_top: Option<i64>,
    pub(super) decay: Option<f64>,
    pub(super) segments: Vec<RawTopic>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawTrust {
    pub(super) enabled: Option<bool>,
    pub(super) suspect_mass: Option<f64>,
    pub(super) suspect_share: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawTiers {
    pub(super) names: Option<Vec<String>>,
    pub(super) shares: Option<Vec<f64>>,
    pub(super) weights: Option<RawTierWeights>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawTierWeights {
    pub(super) pagerank: Option<f64>,
    pub(super) reach: Option<f64>,
    pub(super) strength: Option<f64>,
    pub(super) audience: Option<f64>,
}

/// A value that may be a word or a number: a column, a count or `"all"`, a time in or without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Word(String),
    Whole(i64),
    Moment(toml::value::Datetime),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Moment(moment) => write!(f, "{moment}"),
        }
    }
}

/// A word, or a number.
#[derive(Debug)]
pub(super) enum RawProbability {
    Word(String),
    Number(f64),
}

impl fmt::Display for RawProbability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// One scalar or a list of them.
#[derive(Debug)]
pub(super) struct Scalars(pub(super) Vec<Scalar>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text in quotes or a whole number")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Scalar, E> {
        Ok(Scalar::Word(word.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Whole(number))
    }

    /// `toml` hands a bare date over as a map of its own.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Scalar, A::Error> {
        toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))
            .map(Scalar::Moment)
            .map_err(|_| de::Error::invalid_type(Unexpected::Map, &self))
    }
}

impl<'de> Deserialize<'de> for Scalars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarsVisitor;

        impl<'de> Visitor<'de> for ScalarsVisitor {
            type Value = Scalars;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column or a list of columns")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Scalars, E> {
                ScalarVisitor.visit_str(word).map(|scalar| Scalars(vec![scalar]))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalars, E> {
                ScalarVisitor.visit_i64(number).map(|scalar| Scalars(vec![scalar]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Scalars, A::Error> {
                let mut scalars = Vec::new();
                while let Some(scalar) = list.next_element()? {
                    scalars.push(scalar);
                }
                Ok(Scalars(scalars))
            }
        }

        deserializer.deserialize_any(ScalarsVisitor)
    }
}

impl<'de> Deserialize<'de> for RawProbability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ProbabilityVisitor;

        impl Visitor<'_> for ProbabilityVisitor {
            type Value = RawProbability;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word in quotes or a number")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<RawProbability, E> {
                Ok(RawProbability::Word(word.to_owned()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<RawProbability, E> {
                Ok(RawProbability::Number(number))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<RawProbability, E> {
                Ok(RawProbability::Number(number as f64))
            }
        }

        deserializer.deserialize_any(ProbabilityVisitor)
    }
}

impl<'de> Deserialize<'de> for RawWeight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WeightVisitor;

        impl<'de> Visitor<'de> for WeightVisitor {
            type Value = RawWeight;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table such as `{ weight = 3.0 }`")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<RawWeight, E> {
                Ok(RawWeight::Word(word.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawWeight, A::Error> {
                RawKind::deserialize(MapAccessDeserializer::new(map)).map(RawWeight::Kind)
            }
        }

        deserializer.deserialize_any(WeightVisitor)
    }
}
