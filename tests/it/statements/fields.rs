//! What is asked of accounts whose statements are counted.

/// What is asked of an account. A name in braces is replaced by one of an object that the account has.
pub(super) const OF_ACCOUNT: &[&str] = &[
    "followerCount",
    "followers(first: 3) { totalCount nodes { openid } pageInfo { hasNextPage hasPreviousPage endCursor } }",
    "followers { edges { cursor node { openid subscribedAt isUngrouped } } }",
    "followers(first: 100) { nodes { openid groups { id name followerCount } } }",
    "followers(last: 2) { totalCount nodes { openid groups { name } } pageInfo { hasNextPage hasPreviousPage } }",
    "followers(first: 0) { totalCount nodes { openid } pageInfo { hasNextPage } }",
    "followers(after: \"{cursor}\", first: 2) { nodes { openid } pageInfo { hasNextPage hasPreviousPage } }",
    "followers(before: \"{cursor}\", last: 2) { nodes { openid } pageInfo { hasNextPage hasPreviousPage } }",
    "followers(group: \"0\") { totalCount nodes { openid } }",
    "followers(group: \"1\", last: 5) { totalCount nodes { openid groups { id } } }",
    "followers(group: \"2\") { totalCount nodes { openid } pageInfo { endCursor } }",
    "a: followers(first: 2) { nodes { openid groups { id } } } b: followers(last: 2) { nodes { openid groups { id } } } \
     c: followers(group: \"2\", first: 1) { totalCount nodes { openid } } d: followers(group: \"1\") { totalCount }",
    "followerPage(group: \"-1\", size: 4) { nodes { openid groups { id } } pagination { index size count } }",
    "a: followerPage(group: \"0\", index: 2, size: 1) { nodes { openid } pagination { count } } \
     b: followerPage(group: \"2\", size: 0) { nodes { openid } pagination { count } } \
     c: followerPage(group: \"1\", size: 5) { nodes { openid } pagination { index } }",
    "groups { id name followerCount isSystem }",
    "group(id: \"2\") { name followerCount }",
    "a: group(id: \"0\") { followerCount } b: group(id: \"1\") { followerCount }",
    "texts(first: 2) { totalCount nodes { id content } pageInfo { hasNextPage hasPreviousPage startCursor } }",
    "a: texts { nodes { content } } b: texts(last: 1) { nodes { content } pageInfo { hasPreviousPage } } \
     c: texts(first: 1) { totalCount }",
    "jobs { totalCount nodes { id name state done } pageInfo { hasNextPage } }",
    "a: jobs(state: SUCCEEDED) { totalCount nodes { id } } b: jobs(state: FAILED, last: 3) { totalCount nodes { id } } \
     c: jobs(first: 1) { nodes { id } }",
    "follower(openid: \"{openid}\") { openid groups { id } } text(id: \"{text}\") { content }",
    "images(first: 3) { totalCount nodes { id name url fileName } pageInfo { hasNextPage endCursor } }",
    "images { nodes { id mediaType size sha256 wechatCopies { form state mediaId } } }",
    "a: images { nodes { id size } } b: images(purpose: ARTICLE, last: 2) { totalCount nodes { id size wechatCopies { state } } } \
     c: images(first: 1) { totalCount }",
    "imagePage(size: 4) { nodes { id url } pagination { index size count } }",
    "a: imagePage { nodes { size } } b: voicePage(size: 2) { nodes { size } pagination { count } } \
     c: videoPage(index: 1, size: 1) { nodes { size wechatCopies { state } } pagination { count } }",
    "voices(last: 3) { totalCount nodes { id name size wechatCopies { form expiresAt } } pageInfo { hasPreviousPage } }",
    "videos { totalCount edges { cursor node { id title description url mediaType wechatCopies { state } } } }",
    "news { totalCount nodes { id updatedAt articles { id title digest url coverUrl } } pageInfo { hasNextPage } }",
    "news(first: 100) { nodes { articles { content coverImage { name size wechatCopies { form } } } } }",
    "news(last: 3) { nodes { wechatCopies { form state } articles { warnings { field message isBlocking } } } }",
    "news { nodes { articles { content warnings { field } coverUrl coverImage { url } news { id articles { id } } } } }",
    "a: news(first: 1) { nodes { articles { title } } } b: news(last: 2) { nodes { articles { coverUrl } } } \
     c: newsPage(size: 2) { nodes { id articles { content } } pagination { count } }",
    "image(id: \"{image}\") { name size wechatCopies { state } } voice(id: \"{voice}\") { size } video(id: \"{video}\") { size }",
    "keywordRules(first: 3) { totalCount nodes { id name purpose keywords { content isFuzzy } } pageInfo { hasNextPage } }",
    "keywordRules(last: 100) { edges { cursor node { replyType reply { ... on Text { content } ... on Image { size }
       ... on Voice { size wechatCopies { state } } ... on Video { size } ... on News { articles { title } } } } } }",
    "a: keywordRulePage { nodes { name keywords { id } } pagination { count } } \
     b: keywordRulePage(index: 2, size: 1) { nodes { name keywords { id } } } c: keywordRules(first: 1) { totalCount }",
    "subscribeRule { id reply { ... on Image { name } } } defaultRule { id keywords { content } reply { ... on Text { content } } }",
    "keywordRule(id: \"{rule}\") { name keywords { content } reply { ... on Text { content } } }",
    "a: keywordMatch(text: \"关键 0\") { reason keyword rule { name keywords { content } } reply { ... on Text { content } } } \
     b: keywordMatch(text: \"没有\") { reason keyword rule { name } reply { ... on Text { content } } }",
    "newsById(id: \"{news}\") { wechatCopies { state } articles { content coverUrl } } \
     article(id: \"{article}\") { content warnings { field } coverImage { size } news { articles { id } } }",
    "menu { fetchedAt buttons { id name type keycode url replyType replyId sequence details subButtons { id name details } } }",
    "menu { isPublished publishedAt }",
    "menu { buttons { reply { __typename ... on News { articles { title } } } subButtons { reply { ... on Text { content }
     ... on Image { size } ... on Voice { size } ... on Video { url } ... on News { articles { content } } } } } }",
    "menuButton(id: \"{button}\") { name subButtons { name reply { ... on Voice { size } } } }",
    "messages(first: 3) { totalCount nodes { id content sender { openid groups { id } } reply { state } } }",
    "messages(last: 2, filter: { text: \"n\" }) { totalCount nodes { id sentAt } pageInfo { hasPreviousPage } }",
    "a: messages { nodes { sender { nickname } } } b: messages(filter: { types: [TEXT, LINK] }) { totalCount nodes { id } } \
     c: messages(filter: { withoutKeywordReplies: true }) { totalCount }",
    "messagePage(size: 4, filter: { types: [TEXT, IMAGE, VOICE, VIDEO, LOCATION, LINK] }) { nodes { id ... on LinkMessage { url } \
     sender { openid } } pagination { index size count } }",
    "events { totalCount nodes { id name sender { openid } ... on MenuClickEvent { key } } pageInfo { hasNextPage } }",
    "humanReplies { totalCount nodes { text state follower { openid } material { __typename } } }",
    "followers { nodes { messages(first: 2) { totalCount nodes { id sender { openid } } } humanReplies { totalCount nodes { text } } } }",
    "massSends(first: 3) { totalCount nodes { id status group { id name followerCount } chunks { id state } material { __typename
     ... on Text { content } ... on Image { size } ... on Voice { size wechatCopies { state } } ... on Video { url }
     ... on News { articles { title coverUrl } } } } pageInfo { hasNextPage endCursor } }",
    "massSends(last: 100) { edges { cursor node { state sentCount chunks { status } material { ... on News { articles { content } } } } } }",
    "massSendPage(size: 4) { nodes { type totalCount filterCount group { name } } pagination { index size count } }",
    "a: massSendPage { nodes { chunks { state } } } b: massSends(first: 1) { totalCount nodes { status } } c: massSends { totalCount }",
    "massSend(id: \"{mass_send}\") { status group { name } chunks { state } material { ... on Text { content } ... on News { updatedAt } } }",
];
