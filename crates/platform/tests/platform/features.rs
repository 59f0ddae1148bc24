//! Features of an app, switched by its owner and granted by the operator.

use hongyan_model::{Feature, FeatureKind, Grant, Plan, REGISTRY, Refusal};
use hongyan_platform::apps::{self, NewApp};
use hongyan_platform::features;

use crate::world::{World, invalid, refusal};

#[tokio::test]
async fn an_owner_switches_what_the_plan_has_and_nothing_else() {
    let w = World::new().await;
    let (app, _) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    for plan in Plan::ALL {
        w.put_on(app.id, plan).await;
        for spec in &REGISTRY {
            let now = apps::find(&w.p, "acme", "shop").await.unwrap();
            let included = now.includes(spec.feature);
            for on in [true, false] {
                let switched = features::switch(&w.p, app.id, spec.feature, on).await;
                match (spec.kind, included) {
                    (FeatureKind::Switch, true) => {
                        assert_eq!(switched.unwrap().enabled(spec.feature), on, "{}", spec.key);
                    }
                    (FeatureKind::Switch, false) => {
                        let disabled = Refusal::FeatureDisabled { feature: spec.feature };
                        assert_eq!(refusal(switched), disabled, "{}", spec.key);
                    }
                    _ => assert_eq!(invalid(switched), "feature", "{}", spec.key),
                }
            }
        }
    }
}

#[tokio::test]
async fn the_operator_grants_what_the_plan_lacks_and_takes_it_back() {
    let w = World::new().await;
    let new = NewApp { plan: Plan::Free, ..NewApp::named("acme", "shop") };
    let (app, _) = apps::create(&w.p, new).await.unwrap();
    let mute = Feature::GlobalMute;
    assert!(!app.enabled(mute));
    assert!(features::force(&w.p, app.id, mute, true).await.unwrap().enabled(mute));
    // The owner may switch what was granted.
    assert!(!features::switch(&w.p, app.id, mute, false).await.unwrap().enabled(mute));
    let reset = features::reset(&w.p, app.id, mute).await.unwrap();
    assert_eq!(reset.features, app.features);
    // Off needs no grant.
    let off = features::force(&w.p, app.id, mute, false).await.unwrap();
    assert!(off.features.grants.is_empty());

    let groups = Feature::GroupsMax;
    let grant = async |grant| features::grant(&w.p, app.id, groups, grant).await;
    assert_eq!(grant(Some(Grant::Limit(7))).await.unwrap().quota(groups), Some(7));
    assert_eq!(grant(Some(Grant::Unlimited)).await.unwrap().quota(groups), None);
    assert_eq!(grant(None).await.unwrap().quota(groups), Some(100));
    assert_eq!(invalid(grant(Some(Grant::Included)).await), "feature");
    let switch = features::grant(&w.p, app.id, mute, Some(Grant::Limit(1))).await;
    assert_eq!(invalid(switch), "feature");
    let always = features::force(&w.p, app.id, Feature::SingleReadAck, false).await;
    assert_eq!(invalid(always), "feature");
}

#[tokio::test]
async fn a_change_is_felt_by_the_next_call() {
    let w = World::new().await;
    let (app, _) = apps::create(&w.p, NewApp::named("acme", "shop")).await.unwrap();
    let is_on = async || {
        let by_name = apps::find(&w.p, "acme", "shop").await.unwrap();
        let by_id = apps::find_by_id(&w.p, app.id).await.unwrap().unwrap();
        assert_eq!(by_name, by_id);
        by_name.enabled(Feature::FriendCheck)
    };
    assert!(!is_on().await);
    features::switch(&w.p, app.id, Feature::FriendCheck, true).await.unwrap();
    assert!(is_on().await);
    let rows =
        features::list(&w.p, &apps::find(&w.p, "acme", "shop").await.unwrap()).await.unwrap();
    let used: Vec<_> =
        rows.iter().filter(|row| row.used == Some(0)).map(|row| row.spec.key).collect();
    assert_eq!(used, ["registered_users_max", "groups_max", "chatrooms_max", "threads_max"]);
}
