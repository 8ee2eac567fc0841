// The rules that others have for GraphQL schemas, all that the plugin recommends and all of Relay's, and the few points in
// which ours is meant to differ. An exception stands here with its reason, and covers nothing but what it names.

import { fileURLToPath } from 'node:url';
import graphql from '@graphql-eslint/eslint-plugin';

const { configs, parser } = graphql;
const schema = fileURLToPath(new URL('../../../schema.graphql', import.meta.url));

export default [
  {
    files: ['schema.graphql'],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser, parserOptions: { graphQLConfig: { schema } } },
    rules: {
      ...configs['flat/schema-recommended'].rules,
      ...configs['flat/schema-relay'].rules,
      '@graphql-eslint/require-description': [
        'error',
        {
          // Every kind of element; recommended are types, directives and root fields only.
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          ignoredSelectors: [
            // The one `input` of a mutation is described by its type; a second description would repeat it.
            'ObjectTypeDefinition[name.value=Mutation] InputValueDefinition[name.value=input]',
            // GraphQL's own directives; the library prints them without their arguments' descriptions.
            'DirectiveDefinition[name.value=/^(include|skip|specifiedBy)$/] InputValueDefinition',
          ],
        },
      ],
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            // Parts of lists and answers of mutations: what they carry has the id.
            suffixes: ['Connection', 'Edge', 'Page', 'Payload'],
            types: [
              // Has WeChat's: the openid.
              'Follower',
              // Where a stretch or a page lies in its list.
              'PageInfo',
              'Pagination',
              // Belong to the one object that has them, which has the id.
              'ArticleWarning',
              'AutomaticReply',
              'Menu',
              'WechatCopy',
              // Answers to questions; nothing of them is stored.
              'KeywordMatch',
              'MassSendEstimate',
              'MassSendQuota',
            ],
          },
        },
      ],
      '@graphql-eslint/relay-edge-types': [
        'error',
        {
          // Connections offer `nodes` beside `edges`, and short lists (groups, articles) are complete.
          listTypeCanWrapOnlyEdgeType: false,
          // There is no `node(id:)`: everything hangs below its account, and openids and group numbers are unique there only.
          shouldImplementNode: false,
        },
      ],
    },
  },
];
