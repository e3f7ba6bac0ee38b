//! Paths, methods and answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use tokio::sync::Mutex;

use crate::VERSION;
use crate::collection::Collection;
use crate::error::ApiError;
use crate::proxy::{Proxy, Shown};
use crate::toxic::Toxic;

type Shared = State<Arc<Mutex<Collection>>>;
type Answer = Result<Response, ApiError>;

pub(crate) fn router(collection: Arc<Mutex<Collection>>) -> Router {
    let proxy = get(show).post(update).patch(update).delete(delete);
    let toxic = get(show_toxic).post(update_toxic).patch(update_toxic).delete(remove_toxic);
    Router::new()
        .route("/reset", post(reset))
        .route("/proxies", get(index).post(create))
        .route("/populate", post(populate))
        .route("/proxies/{proxy}", proxy)
        .route("/proxies/{proxy}/toxics", get(toxics).post(add_toxic))
        .route("/proxies/{proxy}/toxics/{toxic}", toxic)
        .route("/version", get(version))
        .fallback(async || (StatusCode::NOT_FOUND, "404 page not found\n"))
        .layer(from_fn(to_the_end))
        .layer(from_fn(no_browsers))
        .with_state(collection)
}

/// A page that a browser shows must not be able to drive proxies.
async fn no_browsers(request: Request, next: Next) -> Response {
    let agent = request.headers().get(header::USER_AGENT);
    if agent.is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/")) {
        return (StatusCode::FORBIDDEN, "User agent not allowed\n").into_response();
    }
    next.run(request).await
}

/// What was begun is done, even if who asked has gone: a proxy is never left half changed.
async fn to_the_end(request: Request, next: Next) -> Response {
    let answer = tokio::spawn(next.run(request)).await;
    answer.unwrap_or_else(|error| ApiError::failed(error.to_string()).into_response())
}

async fn index(State(all): Shared) -> Response {
    let all = all.lock().await;
    let proxies: BTreeMap<&str, Shown<'_>> =
        all.proxies().map(|proxy| (proxy.name.as_str(), proxy.shown())).collect();
    Json(proxies).into_response()
}

async fn create(State(all): Shared, body: Bytes) -> Answer {
    let mut all = all.lock().await;
    Ok((StatusCode::CREATED, Json(all.create(&body).await?.shown())).into_response())
}

async fn populate(State(all): Shared, body: Bytes) -> Response {
    let (mut all, mut done) = (all.lock().await, Vec::new());
    let error = all.populate(&body, &mut done).await.err();
    let status = error.as_ref().map_or(StatusCode::CREATED, ApiError::status);
    let proxies: Vec<Shown<'_>> = done.iter().flat_map(|name| all.get(name)).map(Proxy::shown).collect();
    // None is null, as Go writes it.
    let proxies = Some(proxies).filter(|proxies| !proxies.is_empty());
    (status, Json(Populated { error, proxies })).into_response()
}

/// The answer to `populate`: an error may have come after some proxies were made.
#[derive(Serialize)]
struct Populated<'a> {
    #[serde(flatten)]
    error: Option<ApiError>,
    proxies: Option<Vec<Shown<'a>>>,
}

async fn show(State(all): Shared, Path(proxy): Path<String>) -> Answer {
    Ok(Json(all.lock().await.get(&proxy)?.shown()).into_response())
}

async fn update(State(all): Shared, Path(proxy): Path<String>, body: Bytes) -> Answer {
    Ok(Json(all.lock().await.update(&proxy, &body).await?.shown()).into_response())
}

async fn delete(State(all): Shared, Path(proxy): Path<String>) -> Answer {
    all.lock().await.delete(&proxy).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn reset(State(all): Shared) -> Answer {
    all.lock().await.reset().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn toxics(State(all): Shared, Path(proxy): Path<String>) -> Answer {
    Ok(Json(all.lock().await.get(&proxy)?.toxics()).into_response())
}

async fn add_toxic(State(all): Shared, Path(proxy): Path<String>, body: Bytes) -> Answer {
    let mut all = all.lock().await;
    let proxy = all.get_mut(&proxy)?;
    let toxic = Toxic::read(&body)?;
    let answer = Json(&toxic).into_response();
    proxy.add_toxic(toxic).await?;
    Ok(answer)
}

async fn show_toxic(State(all): Shared, Path((proxy, toxic)): Path<(String, String)>) -> Answer {
    Ok(Json(all.lock().await.get(&proxy)?.toxic(&toxic)?).into_response())
}

async fn update_toxic(
    State(all): Shared,
    Path((proxy, toxic)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let mut all = all.lock().await;
    Ok(Json(all.get_mut(&proxy)?.update_toxic(&toxic, &body).await?).into_response())
}

async fn remove_toxic(State(all): Shared, Path((proxy, toxic)): Path<(String, String)>) -> Answer {
    all.lock().await.get_mut(&proxy)?.remove_toxic(&toxic).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn version() -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/json;charset=utf-8")];
    (content_type, format!("{{\"version\": \"{VERSION}\"}}\n")).into_response()
}
