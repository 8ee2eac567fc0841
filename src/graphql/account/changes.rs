//! Binding accounts, and changing their settings.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token::Role;
use secrecy::SecretString;

use super::{Account, AccountKind, WebhookMode};
use crate::domain::accounts::{self, Changes, NewCredentials};
use crate::graphql::{caller, domain, scope};

/// An account to be bound.
#[derive(InputObject)]
pub struct BindAccountInput {
    /// WeChat's original id of the account, `gh_…`; 1 to 100 characters.
    weixin_id: String,
    /// Name for people; at most 100 characters. Not used where the account is bound already.
    name: Option<String>,
}

/// Credentials of an account, as WeChat's console shows them.
#[derive(InputObject)]
pub struct SetAccountCredentialsInput {
    /// The account.
    account_id: ID,
    /// App id: `wx` and 16 hexadecimal digits.
    app_id: String,
    /// App secret.
    app_secret: String,
    /// EncodingAESKey of the webhook, 43 letters and digits; the encrypted modes need it. Absent: stays as it is.
    #[graphql(name = "encodingAesKey")]
    encoding_aes_key: Option<String>,
    /// How WeChat delivers to the webhook. Absent: stays as it is.
    webhook_mode: Option<WebhookMode>,
}

/// Changes of an account's settings; what is absent stays as it is.
#[derive(InputObject)]
pub struct UpdateAccountInput {
    /// The account.
    account_id: ID,
    /// Name for people, at most 100 characters; empty removes it.
    name: Option<String>,
    /// Product kind.
    kind: Option<AccountKind>,
    /// Whether WeChat has verified (认证) the account's owner.
    is_verified: Option<bool>,
    /// EncodingAESKey of the webhook, 43 letters and digits.
    #[graphql(name = "encodingAesKey")]
    encoding_aes_key: Option<String>,
    /// How WeChat delivers to the webhook.
    webhook_mode: Option<WebhookMode>,
}

/// An account whose access token is to be renewed.
#[derive(InputObject)]
pub struct RefreshAccessTokenInput {
    /// The account.
    account_id: ID,
}

/// The account that a mutation concerned, as it is now.
#[derive(SimpleObject)]
pub struct AccountPayload {
    /// The account.
    account: Account,
}

/// Mutations of accounts.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Binds an Official Account, or returns the one that is bound already. For admins.
    async fn bind_account(&self, ctx: &Context<'_>, input: BindAccountInput) -> Result<Option<AccountPayload>> {
        let account = accounts::bind(domain(ctx), caller(ctx), &input.weixin_id, input.name.as_deref()).await?;
        Ok(Some(AccountPayload { account: Account(account) }))
    }

    /// Checks credentials with WeChat, stores them, and starts the first fetches of the menu and of the followers. Repeat it
    /// to correct a wrong secret. For admins.
    async fn set_account_credentials(
        &self,
        ctx: &Context<'_>,
        input: SetAccountCredentialsInput,
    ) -> Result<Option<AccountPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Admin).await?;
        let new = NewCredentials {
            app_id: input.app_id,
            app_secret: SecretString::from(input.app_secret),
            encoding_aes_key: input.encoding_aes_key.map(SecretString::from),
            webhook_mode: input.webhook_mode.map(Into::into),
        };
        Ok(Some(AccountPayload { account: Account(accounts::set_credentials(domain(ctx), &scope, new).await?) }))
    }

    /// Changes an account's settings. For admins.
    async fn update_account(&self, ctx: &Context<'_>, input: UpdateAccountInput) -> Result<Option<AccountPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Admin).await?;
        let changes = Changes {
            name: input.name,
            kind: input.kind.map(Into::into),
            verified: input.is_verified,
            encoding_aes_key: input.encoding_aes_key.map(SecretString::from),
            webhook_mode: input.webhook_mode.map(Into::into),
        };
        Ok(Some(AccountPayload { account: Account(accounts::update(domain(ctx), &scope, changes).await?) }))
    }

    /// Forgets the account's access token, so that the next call to WeChat asks for one. For admins.
    async fn refresh_access_token(
        &self,
        ctx: &Context<'_>,
        input: RefreshAccessTokenInput,
    ) -> Result<Option<AccountPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Admin).await?;
        accounts::refresh_access_token(domain(ctx), &scope).await?;
        Ok(Some(AccountPayload { account: Account(scope.account) }))
    }
}
